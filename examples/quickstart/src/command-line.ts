import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { StartupError } from './startup-error.ts'

export type Framework = 'express' | 'koa' | 'hono'

export interface CommandLine {
  readonly framework: Framework
  readonly port: number
  readonly dataFolder: string
  readonly json: boolean
  readonly help: boolean
}

const FRAMEWORKS: readonly Framework[] = ['express', 'koa', 'hono']

const OPTIONS = {
  framework: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

const LAST_PORT = 65_535

export const HELP = `Usage: npx -y pnpm start [options]

  --framework <name>  express, koa or hono (default: express)
  --port <number>     0 to 65535; 0 takes any free port (default: 3000)
  --data <folder>     where the SQLite file lives (default: data in the repository)
  --json              print one JSON object, then one JSON line per audit event
  --help              print this`

/**
 * Reads the program's arguments.
 *
 * @throws StartupError naming the argument that is wrong
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  const given = readOptions(args)
  return {
    framework: framework(given.get('framework') ?? 'express'),
    port: port(given.get('port') ?? '3000'),
    dataFolder: resolve(given.get('data') ?? resolve(import.meta.dirname, '../../../data')),
    json: given.has('json'),
    help: given.has('help'),
  }
}

/** Not strict, so that `--port -1` is a wrong port here and not three lines about dashes. */
function readOptions(args: readonly string[]): ReadonlyMap<string, string> {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true })
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw new StartupError(`unexpected argument ${JSON.stringify(token.value)}`)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(OPTIONS, token.name)) throw new StartupError(`unknown option ${token.rawName}; see --help`)
    given.set(token.name, optionValue(token.name as keyof typeof OPTIONS, token.value))
  }
  return given
}

function optionValue(name: keyof typeof OPTIONS, value: string | undefined): string {
  const takesValue = OPTIONS[name].type === 'string'
  if (takesValue && (value === undefined || value === '')) throw new StartupError(`--${name} needs a value`)
  if (!takesValue && value !== undefined) throw new StartupError(`--${name} takes no value`)
  return value ?? ''
}

function framework(name: string): Framework {
  const known = FRAMEWORKS.find((candidate) => candidate === name)
  if (known !== undefined) return known
  throw new StartupError(`unknown framework ${JSON.stringify(name)}; there are ${FRAMEWORKS.join(', ')}`)
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= LAST_PORT) return Number(text)
  throw new StartupError(`--port must be a number from 0 to ${LAST_PORT}, not ${JSON.stringify(text)}`)
}

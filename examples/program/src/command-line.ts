import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type DatabaseLocation, fileInFolder, locate } from './database-location.ts'
import type { Choice } from './example.ts'
import { StartupError } from './startup-error.ts'

export interface CommandLine {
  /** `null`: the default one, or the next that is free. */
  readonly port: number | null
  readonly database: DatabaseLocation
  /** For what an example keeps beside its database. */
  readonly folder: string
  readonly json: boolean
  readonly help: boolean
  readonly choices: Readonly<Record<string, string>>
}

type Choices = Readonly<Record<string, Choice>>
type OptionTypes = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>

const SHARED = {
  port: { type: 'string' },
  data: { type: 'string' },
  db: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export const DEFAULT_PORT = 3_000
const LAST_PORT = 65_535
const DATA_FOLDER = resolve(import.meta.dirname, '../../../data')

export function helpOf(name: string, choices: Choices): string {
  const own = Object.entries(choices).map(([option, { values, help }]) => {
    return row(`--${option} <name>`, `${help}: ${values.join(', ')} (default: ${values[0]})`)
  })
  return [
    `Usage: npx -y pnpm start ${name} [options]`,
    '',
    ...own,
    row('--port <number>', `0 to ${LAST_PORT}; 0 takes any free port (default: ${DEFAULT_PORT}, or the next free one)`),
    row('--data <folder>', `where its SQLite file lives, ${name}.sqlite (default: data in the repository)`),
    row('--db <url>', 'another database: sqlite:<path>, postgres://… or mysql://…'),
    row('--json', 'print for programs: the first line is one JSON object'),
    row('--help', 'print this'),
  ].join('\n')
}

/**
 * Reads the program's arguments.
 *
 * @throws StartupError naming the argument that is wrong
 */
export function readCommandLine(args: readonly string[], name: string, choices: Choices): CommandLine {
  const own = Object.fromEntries(Object.keys(choices).map((option) => [option, { type: 'string' } as const]))
  const given = readOptions(args, { ...SHARED, ...own })
  const chosen = Object.entries(choices).map(([option, choice]) => [option, choose(option, choice, given.get(option))])
  const location = database(name, given.get('data'), given.get('db'))
  return {
    port: port(given.get('port')),
    database: location,
    folder: location.url.engine === 'sqlite' ? dirname(location.url.connection) : DATA_FOLDER,
    json: given.has('json'),
    help: given.has('help'),
    choices: Object.fromEntries(chosen),
  }
}

/** Not strict, so that `--port -1` is a wrong port here and not three lines about dashes. */
function readOptions(args: readonly string[], options: OptionTypes): ReadonlyMap<string, string> {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw new StartupError(`unexpected argument ${JSON.stringify(token.value)}`)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (option === undefined) throw new StartupError(`unknown option ${token.rawName}; see --help`)
    given.set(token.name, optionValue(token.name, option.type, token.value))
  }
  return given
}

function optionValue(name: string, type: 'string' | 'boolean', value: string | undefined): string {
  const takesValue = type === 'string'
  if (takesValue && (value === undefined || value === '')) throw new StartupError(`--${name} needs a value`)
  if (!takesValue && value !== undefined) throw new StartupError(`--${name} takes no value`)
  return value ?? ''
}

function choose(option: string, { values }: Choice, name: string = values[0]): string {
  if (values.includes(name)) return name
  throw new StartupError(`unknown ${option} ${JSON.stringify(name)}; there are ${values.join(', ')}`)
}

function port(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^\d{1,5}$/.test(text) && Number(text) <= LAST_PORT) return Number(text)
  throw new StartupError(`--port must be a number from 0 to ${LAST_PORT}, not ${JSON.stringify(text)}`)
}

function database(name: string, folder: string | undefined, url: string | undefined): DatabaseLocation {
  if (folder !== undefined && url !== undefined) throw new StartupError('--data cannot be combined with --db')
  return url === undefined ? fileInFolder(resolve(folder ?? DATA_FOLDER), name) : locate(url)
}

function row(option: string, text: string): string {
  return `  ${option.padEnd(20)}${text}`
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError, usageError } from '../errors.ts'
import { UnreadableText, wholeText } from '../options/stdin.ts'
import type { World } from '../world.ts'

/** What a configuration file says. Its rules are checked where they are used, by those who keep them. */
export interface ConfigFile {
  /** Its path as given, for messages; `null` without a file. */
  readonly name: string | null
  /** Whether an option or variable names it; otherwise it was found in the working folder. */
  readonly isNamed: boolean
  readonly texts: Readonly<Partial<Record<(typeof TEXTS)[number], string>>>
  readonly rules: Readonly<Partial<Record<(typeof RULES)[number], unknown>>>
}

const TEXTS = ['db', 'schema', 'tablePrefix', 'prefix', 'organization', 'redis', 'redisChannel'] as const
const RULES = [
  'formats',
  'scopes',
  'wildcards',
  'implies',
  'policy',
  'trustedProxies',
  'forwardedHeader',
  'serve',
] as const
const MEMBERS: readonly string[] = [...TEXTS, ...RULES]
const DEFAULT_NAME = 'patkit.json'

/**
 * Reads the file that is named, or `patkit.json` where there is one.
 *
 * @throws CliError for a file that cannot be read, is no JSON object, or has a member that does not exist
 */
export function readConfigFile(named: string | undefined, world: World): ConfigFile {
  const given = named ?? world.env.PATKIT_CONFIG
  const name = given ?? DEFAULT_NAME
  const text = contentOf(name, resolve(world.cwd, name), given === undefined)
  if (text === null) return { name: null, isNamed: false, texts: {}, rules: {} }
  const content = parsed(name, text)
  const unknown = Object.keys(content).find((member) => !MEMBERS.includes(member))
  if (unknown !== undefined) throw usageError(name, `has a member ${JSON.stringify(unknown)}, which does not exist`)
  const wrong = TEXTS.find((member) => !['string', 'undefined'].includes(typeof content[member]))
  if (wrong !== undefined) throw usageError(`${name}: ${wrong}`, 'must be a string')
  return { name, isNamed: given !== undefined, texts: content as ConfigFile['texts'], rules: content }
}

/** `null` for a file that need not be there, and is not. */
function contentOf(name: string, path: string, optional: boolean): string | null {
  try {
    return wholeText(readFileSync(path))
  } catch (cause) {
    if (cause instanceof UnreadableText) throw usageError(name, cause.message)
    const { code } = cause as NodeJS.ErrnoException
    if (optional && code === 'ENOENT') return null
    throw new CliError('ERR_PAT_FILE', `cannot read the configuration ${name}: ${code}`, '--config', { cause })
  }
}

/** The parser's own message may quote the content of the file. */
function parsed(name: string, text: string): Record<string, unknown> {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw usageError(name, 'is not valid JSON')
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return content as Record<string, unknown>
  }
  throw usageError(name, 'must hold a JSON object')
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError, usageError } from './cli-error.ts'
import type { World } from './world.ts'

/** What a configuration file says. Its rules are checked where they are used, by those who keep them. */
export interface ConfigFile {
  /** As it was named, for messages; `null` where there is none. */
  readonly name: string | null
  readonly members: Readonly<Record<ConfigMember, unknown>>
}

type ConfigMember = (typeof MEMBERS)[number]

const MEMBERS = [
  'db',
  'prefix',
  'organization',
  'scopes',
  'wildcards',
  'implies',
  'policy',
  'trustedProxies',
  'forwardedHeader',
] as const
const DEFAULT_NAME = 'patkit.json'
const NO_MEMBERS = Object.fromEntries(MEMBERS.map((name) => [name, undefined])) as ConfigFile['members']

/**
 * Reads the file that is named, or `patkit.json` where there is one.
 *
 * @throws CliError for a file that cannot be read, is no JSON object, or has a member that does not exist
 */
export function readConfigFile(named: string | undefined, world: World): ConfigFile {
  const given = named ?? world.env.PATKIT_CONFIG
  const name = given ?? DEFAULT_NAME
  const text = contentOf(name, resolve(world.cwd, name), given === undefined)
  if (text === null) return { name: null, members: NO_MEMBERS }
  const content = parsed(name, text)
  const unknown = Object.keys(content).find((member) => !MEMBERS.some((known) => known === member))
  if (unknown !== undefined) throw usageError(name, `has a member ${JSON.stringify(unknown)}, which does not exist`)
  return { name, members: { ...NO_MEMBERS, ...content } }
}

/** @throws CliError naming the member */
export function textMember({ name, members }: ConfigFile, member: ConfigMember): string | undefined {
  const value = members[member]
  if (value === undefined || typeof value === 'string') return value
  throw usageError(`${name}: ${member}`, 'must be a string')
}

/** `null` for a file that need not be there, and is not. */
function contentOf(name: string, path: string, optional: boolean): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (optional && code === 'ENOENT') return null
    throw new CliError('ERR_PAT_FILE', `cannot read the configuration ${name}: ${code}`, '--config', { cause })
  }
}

/** The parser's own message may quote what is in the file. */
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

import { type PrefixedFormat, type TokenFormat, tokenFormat } from '@patkit/core'
import type { Pepper } from '@patkit/core/adapter'
import type { Actor } from '@patkit/tokens'
import { isId } from '@patkit/tokens/store'
import { type DatabaseUrl, parseDatabaseUrl, refuseFoundFile, refusePassword } from '../database/url.ts'
import { redacted, usageError } from '../errors.ts'
import type { World } from '../world.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import { readForeignFormats } from './foreign-formats.ts'
import { type RedisPlace, readRedis } from './redis.ts'
import { type Rules, readRules } from './rules.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Reads `id:base64,id:base64`, newest first. Messages number the peppers and never quote them: a value in the wrong place
 * may be a key.
 *
 * @throws CliError naming the variable
 */
export function readPeppers(text: string | undefined): readonly Pepper[] {
  if (text === undefined || text.trim() === '') return []
  return text.split(',').map((entry, index) => {
    const at = entry.indexOf(':')
    const key = entry.slice(at + 1).trim()
    if (at < 1 || key === '' || !BASE64.test(key)) {
      throw usageError('PATKIT_PEPPERS', `must be <id>:<base64 key>, separated by commas: number ${index + 1} is not`)
    }
    return { id: entry.slice(0, at).trim(), key: Buffer.from(key, 'base64') }
  })
}

/** @throws CliError naming the variable */
export function readSwitch(name: string, text: string | undefined): boolean {
  if (text === undefined || text === '' || text === '0' || text === 'false') return false
  if (text === '1' || text === 'true') return true
  throw usageError(name, 'must be true or false')
}

/** The options that say where and as whom a command works. */
export interface CommonOptions {
  readonly json?: boolean
  readonly db?: string
  readonly config?: string
  readonly organization?: string
  readonly prefix?: string
  readonly actor?: string
}

/** What holds for a command: arguments before environment before file. */
export interface Settings {
  readonly configName: string | null
  readonly rules: Rules
  readonly database: DatabaseUrl | null
  /** Where changes are published as well; `null` for the log of the database alone. */
  readonly redis: RedisPlace | null
  /** Called with the reason why Redis did not take a message. The change that it tells of stands. */
  readonly notPublished: (cause: unknown) => void
  /** Whose principals and tokens, where a command needs one. */
  readonly organization: string
  /** Where it was named as an argument: what works on everything otherwise is kept to it. */
  readonly namedOrganization: string | null
  readonly actor: Actor
  readonly format: PrefixedFormat | null
  /** Tokens of other systems that the API accepts as well. */
  readonly foreignFormats: readonly TokenFormat[]
  /** The ids of the peppers, newest first. */
  readonly pepperIds: readonly string[]
  /** The member `serve` of the file, which `patkit serve` checks; `undefined` without one. */
  readonly serve: unknown
}

const DEFAULT_ORGANIZATION = 'default'

/** @throws CliError naming the option, the variable or the member of the file that is wrong */
export function readSettings(given: CommonOptions, world: World): Settings {
  const { env } = world
  const file = readConfigFile(given.config, world)
  const peppers = readPeppers(env.PATKIT_PEPPERS)
  const redis = readRedis(file, world)
  const prefix = given.prefix ?? env.PATKIT_PREFIX ?? file.texts.prefix
  return {
    configName: file.name,
    rules: readRules(file),
    database: database(given, file, world),
    redis,
    notPublished: (cause) => void world.stderr.write(notPublished(redis, cause)),
    organization: validId(
      '--organization',
      given.organization ?? env.PATKIT_ORGANIZATION ?? file.texts.organization ?? DEFAULT_ORGANIZATION,
    ),
    namedOrganization: given.organization ?? null,
    actor: { id: validId('--actor', given.actor ?? env.PATKIT_ACTOR ?? `cli:${world.user}`), scopes: null },
    format: prefix === undefined ? null : format(prefix, peppers, env.PATKIT_ACCEPT_UNPEPPERED),
    foreignFormats: readForeignFormats(file, env),
    pepperIds: peppers.map(({ id }) => id),
    serve: file.rules.serve,
  }
}

function notPublished(redis: RedisPlace | null, cause: unknown): string {
  const reason = redacted(cause instanceof Error ? cause.message : String(cause))
  return `patkit: ${redis?.shown} did not take the message (${reason}). APIs that also read the log of the database learn of the change there, others when their cache entries end.\n`
}

/** @throws CliError that says how to name one */
export function requireFormat({ format }: Settings): PrefixedFormat {
  if (format !== null) return format
  throw usageError('--prefix', 'is needed, or PATKIT_PREFIX: how the tokens of this API begin, such as acme_pat')
}

/** @throws CliError that says how to name one */
export function requireDatabase({ database }: Settings): DatabaseUrl {
  if (database !== null) return database
  throw usageError('--db', 'is needed, or PATKIT_DB: sqlite:<path>, postgres://… or mysql://…')
}

function database(given: CommonOptions, file: ConfigFile, world: World): DatabaseUrl | null {
  const url = namedDatabase(given, file, world)
  if (url === null) return null
  const { PATKIT_SCHEMA: schema, PATKIT_TABLE_PREFIX: tablePrefix } = world.env
  return {
    ...url,
    schema: agreed('PATKIT_SCHEMA', url.schema, schema ?? file.texts.schema),
    tablePrefix: agreed('PATKIT_TABLE_PREFIX', url.tablePrefix, tablePrefix ?? file.texts.tablePrefix),
  }
}

/** The settings in the URL and those beside it. */
function agreed(variable: string, inUrl: string | null, beside: string | undefined): string | null {
  if (inUrl === null || beside === undefined || inUrl === beside) return inUrl ?? beside ?? null
  throw usageError(variable, 'or its member of the configuration is another than that of the URL')
}

function namedDatabase(given: CommonOptions, file: ConfigFile, world: World): DatabaseUrl | null {
  const inFile = file.texts.db
  if (inFile !== undefined) refusePassword(inFile, `${file.name}: db`)
  if (given.db !== undefined) {
    refusePassword(given.db, '--db')
    return parseDatabaseUrl(given.db, '--db', world)
  }
  if (world.env.PATKIT_DB !== undefined) return parseDatabaseUrl(world.env.PATKIT_DB, 'PATKIT_DB', world)
  return inFile === undefined ? null : databaseOf(inFile, file, world)
}

function databaseOf(text: string, { name, isNamed }: ConfigFile, world: World): DatabaseUrl {
  const url = parseDatabaseUrl(text, `${name}: db`, world)
  if (!isNamed) refuseFoundFile(url, name as string, world.env)
  return url
}

/** Core's messages name a pepper by its id at most. */
function format(prefix: string, peppers: Parameters<typeof tokenFormat>[0]['peppers'], unpeppered: string | undefined) {
  const acceptUnpeppered = readSwitch('PATKIT_ACCEPT_UNPEPPERED', unpeppered)
  try {
    return tokenFormat({ prefix, acceptUnpeppered, ...(peppers?.length && { peppers }) })
  } catch (error) {
    const { message } = error as TypeError
    const problem = message.replace(/^patkit option "tokenFormat\.\w+" /, '')
    throw usageError(message.includes('pepper') ? 'PATKIT_PEPPERS:' : '--prefix', problem)
  }
}

function validId(option: string, id: string): string {
  if (isId(id)) return id
  throw usageError(option, 'must be 1 to 128 printable characters without spaces around them')
}

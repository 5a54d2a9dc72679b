import { usageError } from '../errors.ts'

/** What the parameters of a database's URL come to. */
export interface DatabaseParameters {
  /** Those that the driver reads, as it reads them. */
  readonly passed: ReadonlyMap<string, string>
  /** Options of the driver that others are translated into. */
  readonly driver: Readonly<Record<string, unknown>>
  readonly schema: string | null
  readonly tablePrefix: string | null
}

type Effect =
  | { readonly pass: string }
  | { readonly driver: Readonly<Record<string, unknown>> }
  | { readonly schema: string }
  | { readonly tablePrefix: string }
/** What a value comes to, or what it must be instead. */
type Rule = (value: string) => Effect | string

const WHOLE = /^\d{1,9}$/
const SECOND_MS = 1_000
/** A text that is not the name of a parameter may be part of a password. */
const PLAIN_NAME = /^[A-Za-z][\w.-]{0,39}$/

const MYSQL_SSL: Readonly<Record<string, object>> = {
  disabled: {},
  required: { ssl: { rejectUnauthorized: false } },
  verify_ca: { ssl: { rejectUnauthorized: true } },
  verify_identity: { ssl: { rejectUnauthorized: true, verifyIdentity: true } },
}

const inSchema: Rule = (schema) => ({ schema })
const anything = matching(/./, 'must not be empty')
const wholeNumber = matching(WHOLE, 'must be a whole number')
const flag = matching(/^(?:true|false)$/, 'must be true or false')

const PLACE: Readonly<Record<string, Rule>> = { tablePrefix: (tablePrefix) => ({ tablePrefix }) }

/** The drivers would ignore other parameters silently, or read results differently. */
const RULES: Readonly<Record<'sqlite' | 'postgres' | 'mysql', Readonly<Record<string, Rule>>>> = {
  sqlite: PLACE,
  postgres: {
    ...PLACE,
    schema: inSchema,
    search_path: inSchema,
    currentSchema: inSchema,
    user: anything,
    password: anything,
    host: anything,
    port: wholeNumber,
    ssl: (value) => {
      if (['true', '1'].includes(value)) return { pass: 'true' }
      return ['false', '0'].includes(value) ? { pass: '0' } : 'must be true or false'
    },
    sslmode: oneOf('disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'),
    sslcert: anything,
    sslkey: anything,
    sslrootcert: anything,
    sslnegotiation: oneOf('postgres', 'direct'),
    uselibpqcompat: flag,
    channel_binding: (value) => {
      if (['disable', 'prefer'].includes(value)) return { driver: { enableChannelBinding: value === 'prefer' } }
      return 'must be disable or prefer, which is all that the driver can do: sslmode=verify-full protects as well'
    },
    application_name: anything,
    fallback_application_name: anything,
    options: anything,
    client_encoding: matching(/^utf-?8$/i, 'must be UTF8'),
    statement_timeout: wholeNumber,
    lock_timeout: wholeNumber,
    idle_in_transaction_session_timeout: wholeNumber,
    query_timeout: wholeNumber,
    connect_timeout: numeric((seconds) => ({ connectionTimeoutMillis: seconds * SECOND_MS })),
    connection_limit: connections('max'),
    // Nothing here depends on a session, so a pooler needs no other way to work.
    pgbouncer: (value) => (/^(?:true|false)$/.test(value) ? { driver: {} } : 'must be true or false'),
  },
  mysql: {
    ...PLACE,
    schema: inSchema,
    charset: matching(/^utf8mb4(?:_\w+)?$/i, 'must be utf8mb4, which holds every character'),
    timezone: matching(/^(?:local|Z|[+-]\d\d:\d\d)$/, 'must be local, Z or an offset such as +02:00'),
    ssl: mysqlSsl,
    'ssl-mode': mysqlSslMode,
    ssl_mode: mysqlSslMode,
    sslmode: mysqlSslMode,
    sslMode: mysqlSslMode,
    socketPath: anything,
    localAddress: anything,
    passwordSha1: anything,
    compress: flag,
    enableKeepAlive: flag,
    keepAliveInitialDelay: wholeNumber,
    connectTimeout: numeric((connectTimeout) => ({ connectTimeout })),
    connect_timeout: numeric((seconds) => ({ connectTimeout: seconds * SECOND_MS })),
    connectionLimit: connections('connectionLimit'),
    connection_limit: connections('connectionLimit'),
  },
}

/**
 * @param source what holds the URL, for messages
 * @throws CliError naming the parameter that is not known, is there twice, or has a wrong value
 */
export function databaseParameters(
  engine: 'sqlite' | 'postgres' | 'mysql',
  parameters: URLSearchParams,
  source: string,
): DatabaseParameters {
  const passed = new Map<string, string>()
  const effects: { driver: Record<string, unknown>; schema: string | null; tablePrefix: string | null } = {
    driver: {},
    schema: null,
    tablePrefix: null,
  }
  for (const name of parameters.keys()) {
    const effect = effectOf(engine, name, parameters.getAll(name), source)
    if ('pass' in effect) passed.set(name, effect.pass)
    else if ('driver' in effect) merge(effects.driver, effect.driver, name, source)
    else if ('schema' in effect && effects.schema !== null) throw twice(source, name)
    else Object.assign(effects, effect)
  }
  return { ...effects, passed }
}

function effectOf(
  engine: 'sqlite' | 'postgres' | 'mysql',
  name: string,
  [value = '', ...more]: readonly string[],
  source: string,
): Effect {
  const rules = RULES[engine]
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
  if (rule === undefined) {
    const shown = PLAIN_NAME.test(name) ? `the parameter "${name}"` : 'a parameter'
    throw usageError(source, `has ${shown}, which is not known. Known are ${Object.keys(rules).join(', ')}`)
  }
  if (more.length > 0) throw twice(source, name)
  const effect = rule(value)
  if (typeof effect === 'string') throw usageError(`${source}: the parameter "${name}"`, effect)
  return effect
}

function merge(driver: Record<string, unknown>, added: object, name: string, source: string): void {
  if (Object.keys(added).some((option) => Object.hasOwn(driver, option))) throw twice(source, name)
  Object.assign(driver, added)
}

function twice(source: string, name: string): Error {
  return usageError(`${source}: the parameter "${name}"`, 'is given twice, or says the same as another')
}

function matching(pattern: RegExp, problem: string): Rule {
  return (value) => (pattern.test(value) ? { pass: value } : problem)
}

function oneOf(...values: readonly string[]): Rule {
  return (value) => (values.includes(value) ? { pass: value } : `must be one of ${values.join(', ')}`)
}

function numeric(driver: (value: number) => Readonly<Record<string, unknown>>): Rule {
  return (value) => (WHOLE.test(value) ? { driver: driver(Number(value)) } : 'must be a whole number')
}

function connections(option: string): Rule {
  return (value) => (/^[1-9]\d{0,3}$/.test(value) ? { driver: { [option]: Number(value) } } : 'must be 1 to 9999')
}

function mysqlSslMode(value: string): Effect | string {
  const mode = value.toLowerCase().replaceAll('-', '_')
  if (Object.hasOwn(MYSQL_SSL, mode)) return { driver: { ...MYSQL_SSL[mode] } }
  return `must be one of ${Object.keys(MYSQL_SSL).join(', ')}: the driver does not fall back to plain text by itself`
}

/** An object of the driver's, the name of one of its profiles, or whether there is any. */
function mysqlSsl(value: string): Effect | string {
  if (value === 'true') return mysqlSslMode('verify_identity')
  if (value === 'false') return mysqlSslMode('disabled')
  if (/^[A-Za-z][\w ]*$/.test(value)) return { driver: { ssl: value } }
  try {
    const ssl: unknown = JSON.parse(value)
    if (typeof ssl === 'object' && ssl !== null && !Array.isArray(ssl)) return { driver: { ssl } }
  } catch {}
  return 'must be true, false, a JSON object or a profile of the driver'
}

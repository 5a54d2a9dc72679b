import { resolve } from 'node:path'
import { redacted, usageError } from '../errors.ts'
import { databaseParameters } from './parameters.ts'

/** A database to connect to. `connection` may hold a password: it goes to a driver, and is never shown. */
export interface DatabaseUrl {
  readonly engine: 'sqlite' | 'postgres' | 'mysql'
  /** A path, or a URL. */
  readonly connection: string
  /** For people: without password, without parameters. */
  readonly shown: string
  /** Options of the driver that parameters of the URL were translated into. */
  readonly driver: Readonly<Record<string, unknown>>
  /** Where the tables are, and how their names begin; `null` where nothing is said of it. */
  readonly schema: string | null
  readonly tablePrefix: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

const ENGINES: Readonly<Record<string, 'postgres' | 'mysql'>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
}
/** Where clients of these servers take a password from that is in no URL. */
const PASSWORD_VARIABLES = { postgres: 'PGPASSWORD', mysql: 'MYSQL_PWD' } as const

const FORMS = 'must be sqlite:<path>, postgres://<user>@<host>/<database> or mysql://<user>@<host>/<database>'

/**
 * Reads the URL of a database. Parameters become options of the driver, the schema or the table prefix; a parameter
 * without effect is refused. `PGPASSWORD` and `MYSQL_PWD` of `env` are the password of a URL without one.
 *
 * @param source the name of its origin, for messages: `--db`, `PATKIT_DB`, a configuration file
 * @param surroundings the environment, and the folder of relative paths
 * @throws CliError `ERR_PAT_USAGE`, naming the source and the parameter, and without the URL
 */
export function parseDatabaseUrl(
  text: string,
  source: string,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): DatabaseUrl {
  if (text.startsWith('sqlite:')) return sqliteFile(text.slice('sqlite:'.length), source, cwd)
  const url = URL.canParse(text) && text.includes('://') ? new URL(text) : null
  const engine = url === null ? undefined : ENGINES[url.protocol]
  if (url === null || engine === undefined) throw usageError(source, FORMS)
  requireEncoded(url, source)
  if (url.hash !== '') throw usageError(source, 'has a "#", behind which nothing is read: in a name it is written %23')
  const { passed, ...parameters } = databaseParameters(engine, url.searchParams, source)
  url.search = new URLSearchParams([...passed]).toString()
  const shown = redacted(`${url.protocol}//${url.username}${url.username === '' ? '' : '@'}${url.host}${url.pathname}`)
  const password = env[PASSWORD_VARIABLES[engine]]
  if (!hasPassword(url) && password !== undefined) url.password = encodeURIComponent(password)
  return { engine, connection: url.href, shown, ...parameters }
}

/**
 * A file found in the working folder would name the server that receives the password.
 *
 * @throws CliError
 */
export function refuseFoundFile({ engine }: DatabaseUrl, name: string, env: Environment): void {
  const variable = engine === 'sqlite' ? null : PASSWORD_VARIABLES[engine]
  if (variable === null || (env[variable] ?? '') === '') return
  throw usageError(
    `${name}: db`,
    `is not used together with ${variable}, since the file was found here and not named: say --config ${name}, or put the URL into PATKIT_DB`,
  )
}

/**
 * Arguments are in the history of shells and in lists of processes, files in repositories: neither is for secrets.
 *
 * @throws CliError
 */
export function refusePassword(
  text: string,
  source: string,
  instead = 'put the URL into PATKIT_DB, or the password into PGPASSWORD or MYSQL_PWD',
): void {
  const url = URL.canParse(text) ? new URL(text) : null
  const holdsOne = url === null ? /\/\/[^/@]*:[^/]*@/.test(text) : hasPassword(url)
  if (holdsOne) throw usageError(source, `must not hold a password: ${instead}`)
}

/** A password with a `/` in it ends the host too early, and the rest of it would be shown as the database's name. */
function requireEncoded({ pathname, search, hash }: URL, source: string): void {
  if (!`${pathname}${search}${hash}`.includes('@')) return
  throw usageError(
    source,
    'has an "@" behind its host: in a user, a password or a name, "/", "?", "#" and "@" are written %2F, %3F, %23 and %40',
  )
}

function hasPassword(url: URL): boolean {
  return url.password !== '' || [...url.searchParams.keys()].some((name) => /pass/i.test(name))
}

/** A path as it stands, also an absolute one behind `//`, as URLs of files have it. */
function sqliteFile(text: string, source: string, cwd: string): DatabaseUrl {
  const [path = '', ...query] = text.split('?')
  if (path === '') throw usageError(source, FORMS)
  if (path === ':memory:') throw usageError(source, 'must name a file: a database in memory ends with the command')
  if (/^\/\/[^/]/.test(path)) {
    throw usageError(
      source,
      `has no path behind "//": sqlite:${path.slice(2)} is a file where you are, sqlite:///… one from the root`,
    )
  }
  const { passed: _, ...parameters } = databaseParameters('sqlite', new URLSearchParams(query.join('?')), source)
  return { engine: 'sqlite', connection: resolve(cwd, path), shown: `sqlite:${path}`, ...parameters }
}

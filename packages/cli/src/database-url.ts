import { resolve } from 'node:path'
import { usageError } from './cli-error.ts'
import { redacted } from './redacted.ts'

/** A database to connect to. `connection` may hold a password: it goes to a driver, and is never shown. */
export interface DatabaseUrl {
  readonly engine: 'sqlite' | 'postgres' | 'mysql'
  /** A path, or a URL. */
  readonly connection: string
  /** For people: without password, without parameters. */
  readonly shown: string
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
 * @param source what holds it, for messages: `--db`, `PATKIT_DB`, a configuration file
 * @throws CliError that does not repeat the URL
 */
export function parseDatabaseUrl(
  text: string,
  source: string,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): DatabaseUrl {
  if (text.startsWith('sqlite:')) return sqliteFile(text.slice('sqlite:'.length), source, cwd)
  const url = URL.canParse(text) ? new URL(text) : null
  const engine = url === null ? undefined : ENGINES[url.protocol]
  if (url === null || engine === undefined) throw usageError(source, FORMS)
  requireEncoded(url, source)
  const shown = redacted(`${url.protocol}//${url.username}${url.username === '' ? '' : '@'}${url.host}${url.pathname}`)
  const password = env[PASSWORD_VARIABLES[engine]]
  if (!hasPassword(url) && password !== undefined) url.password = encodeURIComponent(password)
  return { engine, connection: url.href, shown }
}

/**
 * A file that lies where somebody happens to be says which server is asked, and would be given the password.
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
export function refusePassword(text: string, source: string): void {
  const url = URL.canParse(text) ? new URL(text) : null
  const holdsOne = url === null ? /\/\/[^/@]*:[^/]*@/.test(text) : hasPassword(url)
  if (holdsOne) {
    throw usageError(
      source,
      'must not hold a password: put the URL into PATKIT_DB, or the password into PGPASSWORD or MYSQL_PWD',
    )
  }
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

function sqliteFile(path: string, source: string, cwd: string): DatabaseUrl {
  if (path === '') throw usageError(source, FORMS)
  const file = resolve(cwd, path)
  return { engine: 'sqlite', connection: file, shown: `sqlite:${path}` }
}

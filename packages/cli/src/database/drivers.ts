import { closeSync, existsSync, openSync } from 'node:fs'
import type { SqlStore } from '@patkit/sql'
import type { Dialect } from 'kysely'
import { CliError, usageError } from '../errors.ts'
import type { DatabaseUrl } from './url.ts'

/** A command has a few statements under way at a time. */
const POOL = 4
const CONNECT_MS = 5_000
/** How long SQLite waits for another program that writes. */
const BUSY_MS = 5_000
/** A new database is for its owner alone. */
const PRIVATE = 0o600

/**
 * Loads the driver of the engine and opens a store on it. Connects to a server with the first statement.
 *
 * @example
 * ```ts
 * import { openStore, parseDatabaseUrl } from 'patkit/database'
 *
 * const { env } = process
 * const url = parseDatabaseUrl(env.PATKIT_DB ?? 'sqlite:tokens.db', 'PATKIT_DB', { env, cwd: process.cwd() })
 * const store = await openStore(url, true)
 * await store.migrate()
 * ```
 *
 * @param create whether to create a missing SQLite file, readable by its owner only
 * @throws CliError `ERR_PAT_DATABASE` for a missing SQLite file without `create`; `ERR_PAT_USAGE` for an invalid schema
 *   or table prefix
 */
export async function openStore(url: DatabaseUrl, create: boolean): Promise<SqlStore> {
  const dialect = await DIALECTS[url.engine](url, create)
  const { sqlStore } = await import('@patkit/sql')
  const { schema, tablePrefix } = url
  try {
    return sqlStore({ dialect, ...(schema !== null && { schema }), ...(tablePrefix !== null && { tablePrefix }) })
  } catch (error) {
    if (error instanceof TypeError) throw usageError(url.shown, `cannot be opened: ${error.message}`)
    throw error
  }
}

const DIALECTS: Readonly<Record<DatabaseUrl['engine'], (url: DatabaseUrl, create: boolean) => Promise<Dialect>>> = {
  sqlite: sqliteDialect,
  postgres: postgresDialect,
  mysql: mysqlDialect,
}

async function sqliteDialect({ connection, shown }: DatabaseUrl, create: boolean): Promise<Dialect> {
  // The driver would make an empty database of a path that was mistyped.
  if (!create && !existsSync(connection)) {
    throw new CliError('ERR_PAT_DATABASE', `no database at ${shown}: create it with patkit migrate`)
  }
  if (create) makePrivate(connection)
  const [{ SqliteDialect }, { default: Database }, { lockingBeforeWrites }] = await Promise.all([
    import('kysely'),
    import('libsql'),
    import('@patkit/sql'),
  ])
  const database = new Database(connection, { timeout: BUSY_MS })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  return new SqliteDialect({ database: lockingBeforeWrites(database) })
}

/** SQLite takes the permissions of a file that is there, for those that it puts beside it as well. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', PRIVATE))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

async function postgresDialect({ connection, driver }: DatabaseUrl): Promise<Dialect> {
  const [{ PostgresDialect }, { default: pg }] = await Promise.all([import('kysely'), import('pg')])
  const pool = new pg.Pool({
    connectionString: connection,
    max: POOL,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'patkit',
    ...driver,
  })
  // A connection that breaks while idle ends the process otherwise. The next query reports it.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDialect({ pool })
}

async function mysqlDialect({ connection, driver }: DatabaseUrl): Promise<Dialect> {
  const [{ MysqlDialect }, { createPool }] = await Promise.all([import('kysely'), import('mysql2')])
  const limits = { connectionLimit: POOL, connectTimeout: CONNECT_MS }
  return new MysqlDialect({ pool: createPool({ uri: connection, ...limits, ...driver }) })
}

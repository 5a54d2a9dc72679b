import { type Dialect, MysqlDialect, PostgresDialect, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { createPool } from 'mysql2'
import pg from 'pg'

/** Connections of one pool. */
const POOL = 16
const BUSY_TIMEOUT_MS = 10_000

/** The dialect for a URL of ours. */
export function dialectOf(url: string): Dialect {
  if (url.startsWith('sqlite:')) return sqliteDialect(url.slice('sqlite:'.length))
  return url.startsWith('postgres:') ? postgresDialect(url) : mysqlDialect(url)
}

function sqliteDialect(file: string): Dialect {
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  database.pragma('journal_mode = WAL')
  return new SqliteDialect({ database })
}

function postgresDialect(connectionString: string): Dialect {
  const pool = new pg.Pool({ connectionString, max: POOL })
  // Errors of a query report a broken connection. Connections without a listener end the process instead: the
  // idle ones tell the pool, and those in use between two queries tell themselves.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDialect({ pool })
}

function mysqlDialect(uri: string): Dialect {
  return new MysqlDialect({ pool: createPool({ uri, connectionLimit: POOL }) })
}

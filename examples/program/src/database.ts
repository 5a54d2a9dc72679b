import { type SqlStore, sqlStore } from '@patkit/sql'
import { type Dialect, PostgresDialect, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { makeFile, prepareDataFolder } from './data-folder.ts'
import type { DatabaseLocation } from './database-location.ts'
import { StartupError } from './startup-error.ts'

/** How long a statement waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5_000
const CONNECTION_TIMEOUT_MS = 5_000

/**
 * Opens a database, and makes its tables where there are none.
 *
 * @throws StartupError saying why it cannot be used
 */
export async function openStore(location: DatabaseLocation): Promise<SqlStore> {
  if (location.folder !== null) prepareDataFolder(location.folder, location.connection)
  return usingDatabase(location, async () => {
    const store = sqlStore({ dialect: await dialectOf(location) })
    try {
      await store.migrate()
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
    return store
  })
}

/** @throws StartupError naming the database */
export async function usingDatabase<T>({ shown }: DatabaseLocation, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof StartupError) throw cause
    const { message, code } = cause as NodeJS.ErrnoException
    // A refused connection to a host with several addresses has no message.
    throw new StartupError(`cannot use the database ${shown}: ${message || code}`, { cause })
  }
}

async function dialectOf({ engine, connection }: DatabaseLocation): Promise<Dialect> {
  return engine === 'sqlite' ? sqliteDialect(connection) : postgresDialect(connection)
}

function sqliteDialect(file: string): Dialect {
  makeFile(file)
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  // Readers need not wait for a writer, nor a writer for them.
  database.pragma('journal_mode = WAL')
  // Not every driver has it by default under WAL, and what is on record must survive a power cut.
  database.pragma('synchronous = FULL')
  return new SqliteDialect({ database })
}

/** The driver is loaded by those alone who ask for it. */
async function postgresDialect(url: string): Promise<Dialect> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS })
  // A connection that breaks must not end the process.
  pool.on('error', warn)
  pool.on('connect', (client) => client.on('error', warn))
  return new PostgresDialect({ pool })
}

function warn(error: Error): void {
  process.emitWarning(error.message)
}

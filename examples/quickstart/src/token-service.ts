import { type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService, type TokenService } from '@patkit/tokens'
import { SqliteDialect } from 'kysely'
import Database from 'libsql'
import { format } from './format.ts'
import { scopes } from './scopes.ts'

export interface OpenTokens {
  readonly store: SqlStore
  readonly tokens: TokenService
  close(): Promise<void>
}

/** How long a statement waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5000

/** Opens the tokens in a SQLite file, which is made where there is none. */
export async function openTokens(file: string): Promise<OpenTokens> {
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  // Readers need not wait for a writer, nor a writer for them.
  database.pragma('journal_mode = WAL')
  // What was answered is on disk, whatever the driver was compiled with.
  database.pragma('synchronous = FULL')
  const store = sqlStore({ dialect: new SqliteDialect({ database }) })
  await store.migrate()
  const tokens = createTokenService({ store, format, scopes })
  return {
    store,
    tokens,
    async close() {
      await tokens.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

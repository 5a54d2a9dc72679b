import type { TokenRecord } from '@patkit/core'
import Database from 'libsql'

/** The team's own table: its names, ISO dates, lists as JSON. Of a token it holds the digest alone. */
export interface TokenRow {
  readonly token_id: string
  readonly token_sha256: string
  readonly hint: string
  readonly scopes: string
  readonly acting_user: string | null
  readonly allowed_ranges: string | null
  readonly expires_at: string | null
  readonly revoked_at: string | null
}

export interface TokensTable {
  readonly findByDigest: (digest: string) => TokenRecord | null
  /** Puts these rows in the place of all others, at once. */
  readonly replaceAll: (rows: readonly TokenRow[]) => void
  readonly close: () => void
}

const CREATE = `
  CREATE TABLE IF NOT EXISTS api_tokens (
    token_id       TEXT PRIMARY KEY,
    token_sha256   TEXT NOT NULL UNIQUE,
    hint           TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    acting_user    TEXT,
    allowed_ranges TEXT,
    expires_at     TEXT,
    revoked_at     TEXT
  ) STRICT`

const INSERT = `
  INSERT INTO api_tokens VALUES
    (:token_id, :token_sha256, :hint, :scopes, :acting_user, :allowed_ranges, :expires_at, :revoked_at)`

/** How long a statement waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5000

/** Opens the table in a SQLite file, which is made where there is none. */
export function openTokensTable(file: string): TokensTable {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  // A transaction that starts by reading cannot wait for its turn to write.
  db.transaction(() => db.exec(CREATE)).immediate()
  const byDigest = db.prepare<[string]>('SELECT * FROM api_tokens WHERE token_sha256 = ?')
  const insert = db.prepare<[TokenRow]>(INSERT)
  const replaceAll = db.transaction((rows: readonly TokenRow[]) => {
    db.exec('DELETE FROM api_tokens')
    for (const row of rows) insert.run(row)
  })

  return {
    findByDigest(digest) {
      const row = byDigest.get(digest) as TokenRow | undefined
      return row === undefined ? null : toRecord(row)
    },
    replaceAll: (rows) => replaceAll.immediate(rows),
    close: () => db.close(),
  }
}

/** `null` is said, never left out: to patkit a missing member is a fault and not a permission. */
function toRecord(row: TokenRow): TokenRecord {
  return {
    id: row.token_id,
    digest: row.token_sha256,
    userId: row.acting_user,
    scopes: JSON.parse(row.scopes),
    ipAllowlist: row.allowed_ranges === null ? null : JSON.parse(row.allowed_ranges),
    expiresAt: row.expires_at === null ? null : new Date(row.expires_at),
    revokedAt: row.revoked_at === null ? null : new Date(row.revoked_at),
  }
}

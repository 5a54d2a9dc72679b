import type { MemorySink } from '@patkit/core/testing'

/** Well-formed, with its checksum. */
export const TOKEN = 'acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'

/** What `db.ts`, the module that the readers of a page have, exports. */
export interface Database {
  /** Every event that was written is in it. */
  readonly kept: MemorySink
  /** What the table says of the token from now on; `away` where it cannot be asked. */
  become(state: 'good' | 'revoked' | 'away'): void
}

/** The token may read, from 203.0.113.0/24 and from this machine. Writing takes until the next turn of the event loop. */
export const DATABASE = `
import { setImmediate } from 'node:timers/promises'
import { type AuditSink, digestToken, type TokenRecord } from '@patkit/core'
import { memorySink } from '@patkit/core/testing'

const row: TokenRecord = {
  id: '1', digest: digestToken('${TOKEN}'), scopes: ['drive:read'], userId: 'ada',
  expiresAt: null, revokedAt: null, ipAllowlist: ['203.0.113.0/24', '127.0.0.1'],
}
export const kept = memorySink()
let state = 'good'

export const become = (next: typeof state) => void (state = next)
export const findToken = async (digest: string) => {
  if (state === 'away') throw new Error('the database is away')
  return digest === row.digest ? { ...row, revokedAt: state === 'revoked' ? new Date(0) : null } : null
}
export const auditSink: AuditSink = {
  async write(written) {
    await setImmediate()
    await kept.write(written)
  },
}
`

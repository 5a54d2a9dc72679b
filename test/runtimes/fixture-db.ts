import type { AuditEvent, TokenRecord } from '@patkit/core'
import { credentialOf } from '../contract/credentials.ts'
import { storedRecord } from '../contract/stored-record.ts'

export const written: AuditEvent[] = []

/** The database that the programs of the pages have: one token, for clients of one network. */
export const db = {
  async findToken(digest: string): Promise<TokenRecord | null> {
    if (digest !== credentialOf('prefixed').digest) return null
    return storedRecord(digest, { ipAllowlist: ['203.0.113.0/24'], userId: 'ada' })
  },
  audit: {
    async write(events: readonly AuditEvent[]): Promise<void> {
      written.push(...events)
    },
  },
}

import type { AuditEvent, TokenRecord } from '@patkit/core'
import type { Context } from 'hono'
import { credentialOf } from '../contract/credentials.ts'
import { storedRecord } from '../contract/stored-record.ts'

export const written: AuditEvent[] = []

/** The scopes of the one token. */
export const scopes: string[] = []

export const db = {
  findToken: (digest: string): TokenRecord | null =>
    digest === credentialOf('prefixed').digest ? storedRecord(digest, { scopes }) : null,
  write: (event: AuditEvent): void => void written.push(event),
}

export function hasSession(c: Context): boolean {
  return c.req.header('cookie') === 'session=demo'
}

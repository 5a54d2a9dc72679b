import type { Change, Token } from './store.ts'

/** The end of a life, kept on record. `null` where it has ended so already. */
export function revoke(token: Token, now: Date): Change | null {
  if (token.revokedAt !== null) return null
  return { set: { revokedAt: now }, addSecret: null, endOtherSecretsAt: null, adopt: null }
}

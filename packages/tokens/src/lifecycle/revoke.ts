import type { Change, Token } from '../stores/token-store.ts'

/** Revokes a token. `null` where it is revoked already. */
export function revoke(token: Token, now: Date): Change | null {
  if (token.revokedAt !== null) return null
  return { set: { revokedAt: now }, addSecret: null, endOtherSecretsAt: null, adopt: null }
}

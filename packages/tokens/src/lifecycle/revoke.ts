import { refuseUnknownMembers, validReason } from '../input/fields.ts'
import type { Change, Token } from '../stores/token-store.ts'

export interface RevokeInput {
  /** Why, for people: 1 to 500 characters of plain text, kept in the change event. Default `null`: no reason. */
  readonly reason?: string | null
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function revocationReason({ reason = null, ...unknown }: RevokeInput): string | null {
  refuseUnknownMembers(unknown)
  return validReason(reason)
}

/** Revokes a token. `null` where it is revoked already. */
export function revoke(token: Token, now: Date): Change | null {
  if (token.revokedAt !== null) return null
  return { set: { revokedAt: now }, addSecret: null, endOtherSecretsAt: null, adopt: null }
}

import type { DenyReason } from '../decision.ts'
import type { CompiledRecord, TokenRecord } from '../record.ts'

/**
 * Refused on or after the end of a life (RFC 7519 §4.1.4), and while the owner or the acting user is disabled.
 */
export function lifetime(record: CompiledRecord<TokenRecord>, now: number): DenyReason | null {
  if (record.revoked) return 'revoked'
  if (hasCome(record.secretEndsAt, now)) return 'superseded'
  if (hasCome(record.expiresAt, now)) return 'expired'
  if (record.disabled === null) return null
  return record.disabled === 'principal' ? 'principal_disabled' : 'user_disabled'
}

/** Written so that a clock that gives no number refuses, too. */
function hasCome(end: number | null, now: number): boolean {
  return end !== null && !(now < end)
}

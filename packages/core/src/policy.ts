import type { Address } from './address/address.ts'
import type { DenyReason, Requirement } from './decision.ts'
import type { CompiledRecord, TokenRecord } from './lookup/record.ts'
import { type Scope, scopeName } from './scope/scope.ts'
import { hasScope } from './scope/scope-set.ts'

/** Why a record may not be used at all, now and from this address. The order decides which reason is on record. */
export function admission(record: CompiledRecord<TokenRecord>, now: number, client: Address | null): DenyReason | null {
  return lifetime(record, now) ?? ip(record, client)
}

/** Why an admitted record does not meet what a route requires. */
export function permission(record: CompiledRecord<TokenRecord>, need: Requirement): DenyReason | null {
  if (need.kind === 'user') return record.exposed.userId === null ? 'user_required' : null
  return scope(record, need) ? null : 'insufficient_scope'
}

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

/** Where an allowlist applies, an address that is not known or not readable is refused like a foreign one. */
function ip(record: CompiledRecord<TokenRecord>, client: Address | null): DenyReason | null {
  if (record.allows === null) return null
  return client !== null && record.allows(client) ? null : 'ip_denied'
}

type ScopeRequirement = Exclude<Requirement, { readonly kind: 'user' }>

/**
 * Whether a record covers every scope of a requirement, or any of them. Segments that no grant may match
 * deny, and so does a requirement that names nothing.
 */
function scope(record: CompiledRecord<TokenRecord>, need: ScopeRequirement): boolean {
  const holds = (wanted: Scope) => {
    const name = scopeName(wanted)
    return name !== null && mayUse(record, name)
  }
  return need.kind === 'any' ? need.scopes.some(holds) : need.scopes.length > 0 && need.scopes.every(holds)
}

/** A token can do what both it and its owner can do: its scopes and the owner's live ceiling must have the scope. */
export function mayUse(record: CompiledRecord<TokenRecord>, scope: string): boolean {
  return hasScope(record.scopes, scope) && (record.ceiling === null || hasScope(record.ceiling, scope))
}

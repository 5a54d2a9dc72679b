import type { CompiledRecord, TokenRecord } from './lookup/record.ts'
import { type Scope, scopeName } from './scope/scope.ts'

/** Why a request may be denied: all there is. */
export const DENY_REASONS = [
  'missing_credential',
  'malformed_credential',
  'malformed_token',
  'unknown_token',
  'revoked',
  'superseded',
  'expired',
  'principal_disabled',
  'user_disabled',
  'ip_denied',
  'user_required',
  'insufficient_scope',
  'rate_limited',
  'unavailable',
] as const

/** Why a request was denied. Audit keeps every difference; `challenge.ts` decides which of them the client can see. */
export type DenyReason = (typeof DENY_REASONS)[number]

/** What a guard asks of a grant: scopes (all or any of them), or an acting user. */
export type Requirement =
  | { readonly kind: 'all' | 'any'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'user'; readonly detail: string | null }

const compiled: unique symbol = Symbol('patkit.compiled')

/** Proof that a request was let in. Only core makes one; guards read its compiled form, never `record`. */
export interface Grant<R extends TokenRecord> {
  readonly [compiled]: CompiledRecord<R>
  readonly record: Readonly<R>
  /** Canonical client address, or `null` where the runtime knows none. */
  readonly clientIp: string | null
}

/** A denial. `requiredScopes` is everything the route requires, not only the missing ones. */
export interface Denied {
  readonly ok: false
  readonly reason: DenyReason
  readonly tokenId: string | null
  readonly requiredScopes: readonly string[]
  readonly detail: string | null
  readonly retryAfterSeconds: number | null
}

export interface Allowed<R extends TokenRecord> {
  readonly ok: true
  readonly grant: Grant<R>
}

export type Decision<R extends TokenRecord> = Allowed<R> | Denied

const NO_SCOPES: readonly string[] = Object.freeze([])

/** Seconds a client is asked to wait after `unavailable`. */
const RETRY_AFTER_SECONDS = 1

export function allow<R extends TokenRecord>(record: CompiledRecord<R>, clientIp: string | null): Allowed<R> {
  return { ok: true, grant: { [compiled]: record, record: record.exposed, clientIp } }
}

export function deny(reason: DenyReason, tokenId: string | null = null): Denied {
  const retryAfterSeconds = reason === 'unavailable' ? RETRY_AFTER_SECONDS : null
  return { ok: false, reason, tokenId, requiredScopes: NO_SCOPES, detail: null, retryAfterSeconds }
}

/** Nothing could be found out: 503, never 401. */
export const UNAVAILABLE: Denied = Object.freeze(deny('unavailable'))

/** The denial of a request past a limit, with the seconds until the client may try again. */
export function denyUntil(retryAfterSeconds: number, tokenId: string | null = null): Denied {
  return { ...deny('rate_limited', tokenId), retryAfterSeconds }
}

/** A guard's denial, with what the route requires: its scopes, or the words for requiring an acting user. */
export function refuse(reason: DenyReason, tokenId: string, need: Requirement): Denied {
  if (need.kind === 'user') return { ...deny(reason, tokenId), detail: need.detail }
  const requiredScopes = need.scopes.map(scopeName).filter((name) => name !== null)
  return { ...deny(reason, tokenId), requiredScopes }
}

/**
 * The compiled record behind a grant.
 *
 * @throws TypeError for an object that core did not make
 */
export function compiledOf<R extends TokenRecord>(grant: Grant<R>): CompiledRecord<R> {
  const record = grant[compiled]
  if (record === undefined) throw new TypeError('grant: not made by this copy of @patkit/core')
  return record
}

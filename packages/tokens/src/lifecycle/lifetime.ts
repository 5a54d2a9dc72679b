import { types } from 'node:util'
import type { LifeRules, StoredRecord, Token } from '../stores/token-store.ts'
import { invalidInput, TokenError } from '../token-error.ts'

/** How long tokens may live. Lives are counted from creation, or from the last regeneration. */
export interface LifetimePolicy {
  /** For tokens that are created without `expiry`. Default none: they have no end. */
  readonly defaultLifetimeSeconds?: number
  readonly minimumLifetimeSeconds?: number
  /** Also holds for tokens that were created before it was set. */
  readonly maximumLifetimeSeconds?: number
  /** Whether every token must have an end. Default `false`. */
  readonly lifetimeRequired?: boolean
  /** A token that was not used for so long has expired. */
  readonly idleSeconds?: number
}

/** The end of a life: an instant, a duration from now, or `null` for none. */
export type Expiry = Date | null | { readonly days: number } | { readonly seconds: number }

export type TokenStatus = 'active' | 'expired' | 'revoked'

type Lived = Pick<Token, 'issuedAt' | 'expiresAt' | 'lastUsedAt'> | StoredRecord

const SECOND_MS = 1_000
const DAY_MS = 86_400_000
/** The last instant that RFC 3339 can write. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

export function lifeRules(policy: LifetimePolicy): LifeRules {
  return {
    maximumMs: milliseconds(policy.maximumLifetimeSeconds),
    idleMs: milliseconds(policy.idleSeconds),
    endRequired: policy.lifetimeRequired ?? false,
  }
}

/** The instant from which on a token has expired, its own end and the rules together; `null` for none. */
export function lifeEnd({ issuedAt, expiresAt, lastUsedAt }: Lived, rules: LifeRules): Date | null {
  const begun = issuedAt.getTime()
  const ends: number[] = []
  if (expiresAt !== null) ends.push(expiresAt.getTime())
  if (rules.maximumMs !== null) ends.push(begun + rules.maximumMs)
  if (rules.idleMs !== null) ends.push(Math.max(begun, lastUsedAt?.getTime() ?? begun) + rules.idleMs)
  if (rules.endRequired && expiresAt === null) ends.push(begun)
  return ends.length === 0 ? null : new Date(Math.min(...ends))
}

/** Whether a token would live on under other rules and end earlier. Idle time aside: the next use puts that end off. */
export function isShortened(token: Lived, other: LifeRules, rules: LifeRules, now: Date): boolean {
  const end = lifeEnd(token, other)
  if (end !== null && now >= end) return false
  return fixedEnd(token, other) < fixedEnd(token, rules)
}

/** The end that no use puts off, in epoch milliseconds. */
function fixedEnd(token: Lived, rules: LifeRules): number {
  return lifeEnd(token, { ...rules, idleMs: null })?.getTime() ?? Number.POSITIVE_INFINITY
}

/** A record with its end by today's rules, which also apply to older tokens. */
export function recordUnder(
  rules: LifeRules,
  record: StoredRecord,
  lastUsedAt: Date | null = record.lastUsedAt,
): StoredRecord {
  return { ...record, expiresAt: lifeEnd({ ...record, lastUsedAt }, rules) }
}

/** Expired on or after its end (RFC 7519 §4.1.4). */
export function statusOf(token: Token, rules: LifeRules, now: Date): TokenStatus {
  if (token.revokedAt !== null) return 'revoked'
  const end = lifeEnd(token, rules)
  return end !== null && now >= end ? 'expired' : 'active'
}

/**
 * Reads the end that a life is to have.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` on `expiry`
 */
export function expiryOf(expiry: Expiry | undefined, policy: LifetimePolicy, issuedAt: Date, now: Date): Date | null {
  const end = expiry === undefined ? defaultEnd(policy, now) : endOf(expiry, now)
  if (end === null) {
    if (policy.lifetimeRequired === true) throw invalidInput('expiry', 'is required')
    if (policy.maximumLifetimeSeconds !== undefined)
      return new Date(issuedAt.getTime() + ms(policy.maximumLifetimeSeconds))
    return null
  }
  if (end <= now) throw invalidInput('expiry', 'must be in the future')
  const life = end.getTime() - issuedAt.getTime()
  if (life < ms(policy.minimumLifetimeSeconds ?? 0)) {
    throw invalidInput('expiry', `must be at least ${policy.minimumLifetimeSeconds} seconds after the token is issued`)
  }
  if (policy.maximumLifetimeSeconds !== undefined && life > ms(policy.maximumLifetimeSeconds)) {
    throw invalidInput('expiry', `must be at most ${policy.maximumLifetimeSeconds} seconds after the token is issued`)
  }
  return end
}

/** @throws TokenError `ERR_PAT_TOKEN_NOT_ACTIVE` */
export function requireActive(token: Token, rules: LifeRules, now: Date): void {
  const status = statusOf(token, rules, now)
  if (status !== 'active') throw new TokenError('ERR_PAT_TOKEN_NOT_ACTIVE', `the token is ${status}`)
}

function defaultEnd(policy: LifetimePolicy, now: Date): Date | null {
  const { defaultLifetimeSeconds } = policy
  return defaultLifetimeSeconds === undefined ? null : new Date(now.getTime() + ms(defaultLifetimeSeconds))
}

function endOf(expiry: Expiry, now: Date): Date | null {
  if (expiry === null) return null
  if (types.isDate(expiry)) return boundedDate(expiry.getTime())
  if (typeof expiry === 'object' && Object.keys(expiry).length !== 1) {
    throw invalidInput('expiry', 'must have one member, days or seconds')
  }
  if (typeof expiry === 'object' && 'days' in expiry) return after(now, expiry.days, DAY_MS, 'days')
  if (typeof expiry === 'object' && 'seconds' in expiry) return after(now, expiry.seconds, SECOND_MS, 'seconds')
  throw invalidInput('expiry', 'must be a Date, { days }, { seconds } or null')
}

function after(now: Date, amount: number, unitMs: number, unit: string): Date {
  if (!Number.isSafeInteger(amount) || amount < 1)
    throw invalidInput('expiry', `must be a whole number of ${unit}, 1 or more`)
  return boundedDate(now.getTime() + amount * unitMs)
}

function boundedDate(instant: number): Date {
  if (!(instant <= LATEST_MS)) throw invalidInput('expiry', 'must be a valid date before the year 10000')
  return new Date(instant)
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : ms(seconds)
}

function ms(seconds: number): number {
  return seconds * SECOND_MS
}

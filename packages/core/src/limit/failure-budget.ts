import { type Address, canonicalCidr } from '../address/address.ts'
import { notify, within } from '../async.ts'
import { type Denied, type DenyReason, denyUntil, UNAVAILABLE } from '../decision.ts'
import { PatError, type SeldomReport } from '../errors.ts'
import { refuseUnknownOptions, wholeNumber, wrongOption } from '../option-checks.ts'
import { countOne, type Limiter, limiterOf, secondsLeft, type WhenUnavailable, whenUnavailableOf } from './limiter.ts'

/** Limits how often credentials from one client address may fail. */
export interface FailureLimit {
  /** Its points are the failures that an address may have in one window. */
  readonly limiter: Limiter
  readonly whenUnavailable: WhenUnavailable
  /** IPv6 addresses with this many bits in common count as one. Default 64: one customer usually has at least that. */
  readonly ipv6PrefixBits?: number
}

export interface FailureBudget {
  /**
   * Asked before a lookup, and never for a record that the cache has.
   *
   * @returns the denial of an address that has used up its failures, or `null`. An unknown address has no budget.
   */
  ask(client: Address | null): Promise<Denied | null>
  /** Counts a denial against its address. Not awaited. */
  note(reason: DenyReason, client: Address | null): void
}

/** The denials that a wrong credential causes. */
const FAILURES: ReadonlySet<DenyReason> = new Set([
  'malformed_credential',
  'malformed_token',
  'unknown_token',
  'revoked',
  'superseded',
  'expired',
  'principal_disabled',
  'user_disabled',
  'ip_denied',
])
const IPV6_BITS = 128
const DEFAULT_PREFIX_BITS = 64

/** @throws TypeError naming the option that is wrong */
export function failureLimitOf(limit: FailureLimit): Required<FailureLimit> {
  if (typeof limit !== 'object' || limit === null) throw wrongOption('failureLimit', 'must be an object')
  const { limiter, whenUnavailable, ipv6PrefixBits = DEFAULT_PREFIX_BITS, ...unknown } = limit
  refuseUnknownOptions(unknown, 'failureLimit.')
  return {
    limiter: limiterOf('failureLimit.limiter', limiter),
    whenUnavailable: whenUnavailableOf('failureLimit.whenUnavailable', whenUnavailable),
    ipv6PrefixBits: wholeNumber('failureLimit.ipv6PrefixBits', ipv6PrefixBits, IPV6_BITS),
  }
}

/** Counts by address, never by token: otherwise a stranger could use up the budget of a token's owner. */
export function createFailureBudget(
  limit: Required<FailureLimit>,
  timeoutMs: number,
  seldom: SeldomReport,
): FailureBudget {
  const counter = createCounter(limit, timeoutMs, (fault) => seldom(fault, 'failures'))
  const textOf = (client: Address | null) => (client === null ? null : client.text)
  return {
    ask: (client) => counter.ask(textOf(client)),
    note(reason, client) {
      if (FAILURES.has(reason)) counter.count(textOf(client))
    },
  }
}

/** The failures of client addresses, for credentials that no verifier sees, such as a code for signing in. */
export interface FailureCounter {
  /** @returns the denial of an address that has used up its failures, or `null`. An unknown address has no budget. */
  ask(clientIp: string | null): Promise<Denied | null>
  /** Counts a failure. Not awaited. */
  count(clientIp: string | null): void
}

const TIMEOUT_MS = 1_000

/**
 * Counts failures as `failureLimit` does. With the limiter of a verifier, both share one budget.
 *
 * @param onError is called with each failure of the limiter
 *
 * @example
 * ```ts
 * import { createFailureCounter } from '@patkit/core/adapter'
 * import { RateLimiterMemory } from 'rate-limiter-flexible'
 *
 * const limiter = new RateLimiterMemory({ points: 60, duration: 60 })
 * const failures = createFailureCounter({ limiter, whenUnavailable: 'allow' }, console.error)
 * if ((await failures.ask('192.0.2.1')) === null) failures.count('192.0.2.1')
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function createFailureCounter(limit: FailureLimit, onError: (fault: PatError) => void): FailureCounter {
  return Object.freeze(createCounter(failureLimitOf(limit), TIMEOUT_MS, onError))
}

function createCounter(
  { limiter, whenUnavailable, ipv6PrefixBits }: Required<FailureLimit>,
  timeoutMs: number,
  onError: (fault: PatError) => void,
): FailureCounter {
  const late = () => new Error(`the limiter took longer than ${timeoutMs} ms`)
  const failed = (cause: unknown) =>
    onError(new PatError('ERR_PAT_LIMITER_FAILED', 'limiter of failures failed', cause))
  const keyOf = (clientIp: string) =>
    clientIp.includes(':') ? canonicalCidr(`${clientIp}/${ipv6PrefixBits}`) : clientIp

  return {
    async ask(clientIp) {
      if (clientIp === null) return null
      try {
        const state = await within(timeoutMs, () => limiter.get(keyOf(clientIp)), late)
        if (state === null || state.consumedPoints < limiter.points) return null
        return denyUntil(secondsLeft(state))
      } catch (cause) {
        failed(cause)
        return whenUnavailable === 'allow' ? null : UNAVAILABLE
      }
    },
    count(clientIp) {
      if (clientIp !== null) notify(() => countOne(limiter, keyOf(clientIp)), failed)
    },
  }
}

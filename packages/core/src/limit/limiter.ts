import { callable, oneOf, wrongOption } from '../option-checks.ts'

/**
 * A counter of [rate-limiter-flexible](https://github.com/animir/node-rate-limiter-flexible), such as
 * `RateLimiterMemory`, `RateLimiterRedis` or `RateLimiterPostgres`. A window begins with the first count of a key, and
 * ends after the limiter's `duration`, however many requests it refuses meanwhile.
 */
export interface Limiter {
  /** How much a key may count in one window. */
  readonly points: number
  /** The length of a window in seconds; 0 for one that does not end. */
  readonly duration?: number
  /** Counts. Rejects with a `LimiterState` past the points, and with an `Error` where the store fails. */
  consume(key: string, points?: number): Promise<LimiterState>
  /** Reads without counting; `null` for a key without a window. */
  get(key: string): Promise<LimiterState | null>
}

/** The window of a key. */
export interface LimiterState {
  readonly consumedPoints: number
  /** Milliseconds until the window ends; negative for one that does not. */
  readonly msBeforeNext: number
}

/** The window of a key after a count. */
export interface Counted {
  readonly isPast: boolean
  readonly state: LimiterState
}

/** The treatment of requests while the limiter's store fails: `deny` answers 503. Required. */
export type WhenUnavailable = 'allow' | 'deny'

/** @throws TypeError naming the option that is wrong */
export function limiterOf(name: string, limiter: Limiter): Limiter {
  if (typeof limiter !== 'object' || limiter === null) throw wrongOption(name, 'must be a limiter')
  callable(`${name}.consume`, limiter.consume)
  callable(`${name}.get`, limiter.get)
  if (!(limiter.points >= 1)) throw wrongOption(`${name}.points`, 'must be 1 or more')
  return limiter
}

/** @throws TypeError also where it is left out: the right choice depends on the application */
export function whenUnavailableOf(name: string, value: WhenUnavailable): WhenUnavailable {
  return oneOf(name, value, ['allow', 'deny'])
}

/**
 * Counts one request.
 *
 * @returns the window, and whether the key is past its points
 * @throws what the store fails with
 */
export async function countOne(limiter: Limiter, key: string): Promise<Counted> {
  try {
    return { isPast: false, state: await limiter.consume(key, 1) }
  } catch (refusal) {
    if (isState(refusal)) return { isPast: true, state: refusal }
    throw refusal
  }
}

/** RFC 9110 §10.2.3: whole seconds, rounded up so that a client does not return too early. */
export function secondsLeft({ msBeforeNext }: LimiterState): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1_000))
}

function isState(refusal: unknown): refusal is LimiterState {
  return typeof (refusal as LimiterState | null)?.msBeforeNext === 'number' && !(refusal instanceof Error)
}

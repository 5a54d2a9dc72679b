import { wrongOption } from '../option-checks.ts'
import { type Limiter, type LimiterState, secondsLeft } from './limiter.ts'

/** A header of an answer. */
export type Header = readonly [name: string, value: string]

/** RFC 9651 §3.3.1. */
const LARGEST_INTEGER = 999_999_999_999_999
/** RFC 9651 §3.3.3, without controls. */
const POLICY = /^[ -~]{1,64}$/

/** @throws TypeError for a name that a header cannot have */
export function policyOf(name: string, policy: string | undefined): string | null {
  if (policy === undefined) return null
  if (typeof policy === 'string' && POLICY.test(policy)) return policy
  throw wrongOption(name, 'must be 1 to 64 printable ASCII characters')
}

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-10 §3 and §4, as structured fields: `RateLimit-Policy` has the quota
 * `q` and the window `w`, `RateLimit` the rest `r` of the quota and the seconds `t` until the window ends. A
 * partition key is not sent: it would name the token or its owner.
 */
export function rateLimitHeaders(
  policy: string,
  { points, duration = 0 }: Limiter,
  state: LimiterState,
): readonly Header[] {
  const rest = points - state.consumedPoints
  return [
    ['RateLimit-Policy', item(policy, { q: points, w: duration > 0 ? Math.ceil(duration) : null })],
    ['RateLimit', item(policy, { r: rest, t: state.msBeforeNext < 0 ? null : secondsLeft(state) })],
  ]
}

/** RFC 9651 §4.1.1.2: parameters follow without a space. */
function item(name: string, parameters: Readonly<Record<string, number | null>>): string {
  const given = Object.entries(parameters).flatMap(([key, value]) =>
    value === null ? [] : [`;${key}=${integer(value)}`],
  )
  return `"${name.replace(/["\\]/g, '\\$&')}"${given.join('')}`
}

function integer(value: number): number {
  return Math.min(LARGEST_INTEGER, Math.max(0, Math.floor(value)))
}

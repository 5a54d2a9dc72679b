import { within } from '../async.ts'
import { type Denied, denyUntil, UNAVAILABLE } from '../decision.ts'
import { PatError } from '../errors.ts'
import {
  countOne,
  type Limiter,
  limiterOf,
  secondsLeft,
  type WhenUnavailable,
  whenUnavailableOf,
} from '../limit/limiter.ts'
import { type Header, policyOf, rateLimitHeaders } from '../limit/rate-limit-headers.ts'
import type { Register, RegisteredRecord, TokenRecord } from '../lookup/record.ts'
import { oneOf, refuseUnknownOptions } from '../option-checks.ts'
import { type Check, NO_HEADERS, passed } from './outcome.ts'
import { keepAlive, type RequestAuth, refused, requireAuth } from './request-auth.ts'

/** Limits the requests of a token, of its principal, or of one route. */
export interface RateLimit<Q, T = Register> {
  /** The counter, or a function that chooses one by the record, for instance by its owner's plan. */
  readonly limiter: Limiter | ((record: Readonly<RegisteredRecord<T>>, request: Q) => Limiter)
  /** `token` and `principal` count each apart, `route` all tokens of a method and route together. */
  readonly by: 'token' | 'principal' | 'route'
  readonly whenUnavailable: WhenUnavailable
  /**
   * The name of this limit in the headers `RateLimit` and `RateLimit-Policy` of every answer
   * (draft-ietf-httpapi-ratelimit-headers-10): 1 to 64 printable ASCII characters, another one for each limit of a route.
   * Default: no headers.
   */
  readonly policy?: string
}

/** A request after its count. */
interface Limited {
  readonly denied: Denied | null
  readonly headers: readonly Header[]
}

const TIMEOUT_MS = 1_000

/**
 * The middleware behind `limitRate`. A request without a grant, which `optional` lets pass, has nothing to count by and
 * passes.
 *
 * @throws TypeError naming the option that is wrong
 */
export function rateLimit<Q extends object, H>(options: RateLimit<Q>): Check<Q, H> {
  const { limiter, by, whenUnavailable, policy, ...unknown } = { ...options }
  refuseUnknownOptions(unknown, 'limitRate.')
  const limiterFor = typeof limiter === 'function' ? limiter : constant(limiterOf('limitRate.limiter', limiter))
  oneOf('limitRate.by', by, ['token', 'principal', 'route'])
  whenUnavailableOf('limitRate.whenUnavailable', whenUnavailable)
  const policyName = policyOf('limitRate.policy', policy)

  async function counted(auth: RequestAuth<TokenRecord, Q, H>, record: Readonly<TokenRecord>): Promise<Limited> {
    const key = keyOf(by, auth, record)
    const chosen = limiterFor(record as RegisteredRecord, auth.request)
    const { isPast, state } = await within(TIMEOUT_MS, () => countOne(chosen, key), tooSlow)
    return {
      denied: isPast ? denyUntil(secondsLeft(state), record.id) : null,
      headers: policyName === null ? NO_HEADERS : rateLimitHeaders(policyName, chosen, state),
    }
  }

  async function limited(auth: RequestAuth<TokenRecord, Q, H>, record: Readonly<TokenRecord>): Promise<Limited> {
    try {
      return await counted(auth, record)
    } catch (cause) {
      auth.config.verifier.report(new PatError('ERR_PAT_LIMITER_FAILED', 'limiter of requests failed', cause))
      return { denied: whenUnavailable === 'allow' ? null : UNAVAILABLE, headers: NO_HEADERS }
    }
  }

  return async (request) => {
    const auth = requireAuth<Q, H>(request)
    const decision = await auth.decision
    if (!decision.ok) return passed(null, null)
    const { denied, headers } = await limited(auth, decision.grant.record)
    if (denied === null) return passed(decision.grant, null, headers)
    const { verifier, reader } = auth.config
    const settled = await verifier.refuse(decision.grant, denied, request, reader)
    keepAlive(auth)
    return refused(auth, settled, true, headers)
  }
}

function tooSlow(): Error {
  return new Error(`the limiter took longer than ${TIMEOUT_MS} ms`)
}

function constant(limiter: Limiter): () => Limiter {
  return () => limiter
}

/** As JSON, since ids may hold any separator. */
function keyOf<Q, H>(
  by: RateLimit<Q>['by'],
  { config, request }: RequestAuth<TokenRecord, Q, H>,
  { id, principalId, organizationId }: Readonly<TokenRecord>,
): string {
  if (by === 'token') return JSON.stringify(['token', id])
  if (by === 'principal') return JSON.stringify(['principal', organizationId ?? null, principalId ?? id])
  const { method, route } = config.reader.context(request)
  return JSON.stringify(['route', method, route])
}

import type { RequestReader } from '../incoming-request.ts'
import type { Register, RegisteredPat, RegisteredRecord, TokenRecord } from '../lookup/record.ts'
import type { VerifierOptions } from '../options.ts'
import type { Verifier } from '../verifier.ts'
import { authConfig, type MiddlewareOptions } from './auth-config.ts'
import { authentication } from './authentication.ts'
import { guard, type ScopeArgument, scopeRequirement, userRequirement } from './guard.ts'
import { allOf, assertHeld, type HeldScope, holds, recordOf, verifyAuthAgain } from './in-handler.ts'
import type { Check } from './outcome.ts'
import { type RateLimit, rateLimit } from './rate-limit.ts'
import { requireAuth } from './request-auth.ts'

/** What a framework's package exports. `Q` is its request, `H` its form of `onDeny`, `M` its middleware, `T` the types of the API. */
export interface Adapter<Q extends object, H, M, T = Register> {
  /**
   * Middleware that verifies the token of every request and exposes its record as `pat`. Takes a verifier's options
   * together with its own, or a verifier that several apps share.
   *
   * @example
   * ```ts
   * import { tokenFormat } from '@patkit/core'
   * import { patAuth } from '@patkit/express'
   * import express from 'express'
   *
   * express().use(patAuth({ format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => null }))
   * ```
   *
   * @throws TypeError naming the option that is wrong
   */
  patAuth<R extends RegisteredRecord<T> = RegisteredRecord<T>>(
    verifier: Verifier<R>,
    options?: MiddlewareOptions<Q, H>,
  ): M
  // Last, because that is the one whose mistakes the compiler explains.
  patAuth<R extends RegisteredRecord<T> = RegisteredRecord<T>>(options: VerifierOptions<R> & MiddlewareOptions<Q, H>): M
  /**
   * Guard: the token must hold every scope. A function of the request returns the segments of one.
   *
   * @example
   * ```ts
   * import { requireScope } from '@patkit/express'
   * import express from 'express'
   *
   * const app = express()
   * app.get('/files', requireScope('drive:read'), (_req, res) => void res.json([]))
   * app.post('/channels/:id', requireScope((req) => ['channels', req.params['id'], 'publish']))
   * ```
   *
   * @throws TypeError naming the argument that is no scope
   */
  requireScope(...scopes: readonly [ScopeArgument<Q, T>, ...ScopeArgument<Q, T>[]]): M
  /**
   * Guard: the token must hold at least one of the scopes. Arguments as for `requireScope`.
   *
   * @example
   * ```ts
   * import { requireAnyScope } from '@patkit/express'
   * import express from 'express'
   *
   * express().get('/files', requireAnyScope('drive:read', 'drive:admin'), (_req, res) => void res.json([]))
   * ```
   */
  requireAnyScope(...scopes: readonly [ScopeArgument<Q, T>, ...ScopeArgument<Q, T>[]]): M
  /**
   * Guard: the token must act for a user. `detail` says in the answer what needs one.
   *
   * @example
   * ```ts
   * import { requireUser } from '@patkit/express'
   * import express from 'express'
   *
   * express().get('/me', requireUser('Profiles belong to users'), (_req, res) => void res.json({}))
   * ```
   */
  requireUser(detail?: string): M
  /**
   * Limits the requests of a token, a principal or a route, behind `patAuth`: 429 with `Retry-After`.
   *
   * @example
   * ```ts
   * import { limitRate } from '@patkit/express'
   * import express from 'express'
   * import { RateLimiterMemory } from 'rate-limiter-flexible'
   *
   * const limiter = new RateLimiterMemory({ points: 100, duration: 60 })
   * express().use(limitRate({ limiter, by: 'token', whenUnavailable: 'allow' }))
   * ```
   *
   * @throws TypeError naming the option that is wrong
   */
  limitRate(options: RateLimit<Q, T>): M
  /**
   * The record of the verified token, typed as this API's; `null` where the request has no grant. The same as `pat` on
   * the request, whose type holds for the whole program.
   *
   * @example
   * ```ts
   * import { patOf } from '@patkit/express'
   * import express from 'express'
   *
   * express().get('/me', (req, res) => void res.json({ id: patOf(req).userId }))
   * ```
   *
   * @throws PatError `ERR_PAT_GUARD_WITHOUT_AUTH` where `patAuth` has not seen the request
   */
  patOf(request: Q): RegisteredPat<T>
  /**
   * Whether the token of a request holds every scope, by the guards' rules: its scopes and its owner's ceiling. Emits no
   * event. `false` where the request has no grant. A scope is a name, or the segments of one.
   *
   * @example
   * ```ts
   * import { hasScope } from '@patkit/express'
   * import express from 'express'
   *
   * express().get('/files', (req, res) => void res.json({ canWrite: hasScope(req, 'drive:write') }))
   * ```
   *
   * @throws PatError `ERR_PAT_GUARD_WITHOUT_AUTH` where `patAuth` has not seen the request
   */
  hasScope(request: Q, ...scopes: readonly [HeldScope<T>, ...HeldScope<T>[]]): boolean
  /**
   * The same for a handler that cannot go on without: where a scope is missing, the guards' event is emitted and an
   * `AccessDenied` thrown, which carries the guards' answer.
   *
   * @example
   * ```ts
   * import { assertScope } from '@patkit/express'
   * import express from 'express'
   *
   * express().post('/files', async (req, res) => {
   *   await assertScope(req, 'drive:write')
   *   res.sendStatus(204)
   * })
   * ```
   *
   * @throws AccessDenied (rejects) where the token does not hold every scope
   */
  assertScope(request: Q, ...scopes: readonly [HeldScope<T>, ...HeldScope<T>[]]): Promise<void>
  /**
   * Verifies the token of a request anew, for long answers such as a stream: with the record, policy and ceiling
   * of now and the address of the first time. Emits one `refused` event where it is denied, and none where it is allowed.
   * Later guards and `hasScope` go by what it has found. `unavailable`: nothing could be found out, and nothing changes.
   *
   * @example
   * ```ts
   * import { verifyAgain } from '@patkit/express'
   * import express from 'express'
   *
   * express().get('/events', (req, res) => {
   *   const timer = setInterval(async () => {
   *     if ((await verifyAgain(req)) === 'denied') res.end()
   *   }, 30_000)
   *   res.on('close', () => clearInterval(timer))
   * })
   * ```
   */
  verifyAgain(request: Q): Promise<'allowed' | 'denied' | 'unavailable'>
}

/**
 * Makes a framework's functions of how its requests are read and how a check becomes middleware. Middleware exposes
 * the record of an outcome that is ok and goes on, or answers; it awaits the check alone, never what it goes on to.
 */
export function createAdapter<Q extends object, H, M>(
  reader: RequestReader<Q>,
  middleware: (check: Check<Q, H>) => M,
): Adapter<Q, H, M> {
  return Object.freeze({
    patAuth: <R extends TokenRecord>(
      source: Verifier<R> | (VerifierOptions<R> & MiddlewareOptions<Q, H>),
      options: MiddlewareOptions<Q, H> = {},
    ) => middleware(authentication(authConfig(source, options, reader))),
    requireScope: (...scopes) => middleware(guard(scopeRequirement('all', scopes))),
    requireAnyScope: (...scopes) => middleware(guard(scopeRequirement('any', scopes))),
    requireUser: (detail) => middleware(guard(userRequirement(detail ?? null))),
    limitRate: (options) => middleware(rateLimit(options as RateLimit<Q>)),
    patOf: (request) => recordOf(requireAuth(request)) as RegisteredPat,
    hasScope: (request, ...scopes) => holds(requireAuth(request), allOf(scopes)),
    assertScope: (request, ...scopes) => assertHeld(requireAuth(request), allOf(scopes)),
    verifyAgain: (request) => verifyAuthAgain(requireAuth(request)),
  } satisfies Adapter<Q, H, M>)
}

import { type Awaitable, andThen, isThenable, notify } from '../async.ts'
import type { Challenge } from '../challenge.ts'
import { compiledOf, type Decision, type Denied, type Grant, type Requirement } from '../decision.ts'
import { PatError } from '../errors.ts'
import type { RequestReader } from '../incoming-request.ts'
import type { Register, RegisteredPat, RegisteredRecord, RegisteredScope, TokenRecord } from '../lookup/record.ts'
import { callable, flag, refuseUnknownOptions } from '../option-checks.ts'
import type { VerifierOptions } from '../options.ts'
import { permission } from '../policy.ts'
import { isExactScope, type Scope, type Segment } from '../scope/scope.ts'
import { isVisibleText, printable } from '../text.ts'
import { createVerifier, type Verifier } from '../verifier.ts'
import { AccessDenied } from './access-denied.ts'

/** What `patAuth` takes besides the verifier's options. `Q` is the framework's request, `H` its form of `onDeny`. */
export interface MiddlewareOptions<Q, H> {
  /** Lets requests without credentials pass; bad credentials are still denied. Default `false`. */
  readonly optional?: boolean
  /** Answers denials instead of patkit. */
  readonly onDeny?: H
  /**
   * The address at the other end of the connection, for runtimes whose sockets patkit cannot see; `'unix'` for that of
   * a unix socket.
   */
  readonly peer?: (request: Q) => string | null
  /**
   * The id that events and answers name a request by. Default: the client's `X-Request-Id`. What it throws is reported,
   * and the request has no id then.
   */
  readonly requestId?: (request: Q) => string | null
  /** Takes the writing of audit events, for runtimes that stop with the answer: `(c, work) => c.executionCtx.waitUntil(work)`. */
  readonly waitUntil?: (request: Q, work: Promise<void>) => void
}

/** A scope's name, or a function of the request that returns the segments of one. */
export type ScopeArgument<Q, T = Register> = RegisteredScope<T> | ((request: Q) => readonly Segment[])

/** A request that goes on. `record` is `null` where it carries no credential and need not. */
export interface Passed {
  readonly ok: true
  /** What the answer's `Vary` must name; `null` for a guard, since `patAuth` has seen to it. */
  readonly vary: string | null
  readonly record: Readonly<RegisteredRecord> | null
}

/** A request that is answered: by `onDeny` where there is one, else with the challenge. */
export interface Refused<H> {
  readonly ok: false
  /** Whether a guard refused. `onDeny` may answer then, but not let the request go on. */
  readonly byGuard: boolean
  readonly vary: string | null
  readonly denied: Denied
  readonly challenge: Challenge
  readonly onDeny: H | null
}

export type Outcome<H> = Passed | Refused<H>
/** A stage that a request goes through; only programmers' mistakes are thrown. */
export type Check<Q, H> = (request: Q) => Awaitable<Outcome<H>>

/** One `patAuth`: its verifier, and how it reads and answers requests. */
interface AuthConfig<R extends TokenRecord, Q, H> {
  readonly verifier: Verifier<R>
  readonly reader: RequestReader<Q>
  readonly optional: boolean
  readonly onDeny: H | null
  readonly waitUntil: ((request: Q, work: Promise<void>) => void) | null
}

/** What `patAuth` leaves on a request for guards and for the next `patAuth`. */
interface RequestAuth<R extends TokenRecord, Q, H> extends AuthConfig<R, Q, H> {
  /** Promised until it is made. */
  decision: Awaitable<Decision<R>>
}

const WITHOUT_AUTH =
  'patAuth must come before this on the same request, from the same copy of @patkit/core (npm ls @patkit/core)'

/** A private key: no property that a middleware sets on a request can pass a guard. */
const REQUEST_AUTH: unique symbol = Symbol('patkit.auth')
type WithAuth<Q> = Q & { [REQUEST_AUTH]?: RequestAuth<TokenRecord, Q, unknown> }

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
   * Verifies the token of a request anew, for what goes on for long, such as a stream: with the record, policy and ceiling
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

/** A scope's name, or the segments of one. */
export type HeldScope<T = Register> = RegisteredScope<T> | readonly Segment[]

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
    patOf: (request) => recordOf(requireAuth(request)) as RegisteredPat,
    hasScope: (request, ...scopes) => holds(requireAuth(request), allOf(scopes)),
    assertScope: (request, ...scopes) => assertHeld(requireAuth(request), allOf(scopes), request),
    verifyAgain: (request) => verifyAuthAgain(requireAuth(request), request),
  } satisfies Adapter<Q, H, M>)
}

/** The same verifier twice on one request decides once. */
function authentication<R extends TokenRecord, Q extends object, H>(config: AuthConfig<R, Q, H>): Check<Q, H> {
  const { verifier, reader } = config
  return (request: WithAuth<Q>) => {
    const earlier = authOf<R, Q, H>(request)
    const decision =
      earlier?.verifier === verifier ? (earlier as RequestAuth<R, Q, H>).decision : verifier.verify(request, reader)
    const auth: RequestAuth<R, Q, H> = { ...config, decision }
    request[REQUEST_AUTH] = auth as RequestAuth<TokenRecord, Q, unknown>
    return andThen(decision, (decided) => {
      auth.decision = decided
      keepAlive(auth, request)
      return outcome(auth, decided, request)
    })
  }
}

function scopeRequirement<Q>(kind: 'all' | 'any', scopes: readonly ScopeArgument<Q>[]): (request: Q) => Requirement {
  if (scopes.length === 0) throw new TypeError('a scope guard needs at least one scope')
  for (const scope of scopes) {
    if (typeof scope !== 'function' && !isExactScope(scope)) {
      throw new TypeError(`${JSON.stringify(scope)} is not a scope name without "*"`)
    }
  }
  if (scopes.every((scope) => typeof scope === 'string')) {
    const need: Requirement = Object.freeze({ kind, scopes })
    return () => need
  }
  return (request) => ({ kind, scopes: scopes.map((scope) => scopeFor(request, scope)) })
}

function userRequirement<Q>(detail: string | null): (request: Q) => Requirement {
  if (detail !== null && !isVisibleText(detail)) {
    throw new TypeError('the detail of a user guard must be a text with a visible character')
  }
  const need: Requirement = Object.freeze({ kind: 'user', detail })
  return () => need
}

function allOf(scopes: readonly HeldScope[]): Requirement {
  if (scopes.length === 0) throw new TypeError('at least one scope must be given')
  return { kind: 'all', scopes }
}

/** @throws PatError where `patAuth` has not decided about the request */
function requireAuth<Q extends object>(request: WithAuth<Q>): RequestAuth<TokenRecord, Q, unknown> {
  const auth = authOf<TokenRecord, Q, unknown>(request)
  if (auth === undefined) throw new PatError('ERR_PAT_GUARD_WITHOUT_AUTH', WITHOUT_AUTH)
  return auth
}

function recordOf<Q>({ decision }: RequestAuth<TokenRecord, Q, unknown>): Readonly<TokenRecord> | null {
  return !isThenable(decision) && decision.ok ? decision.grant.record : null
}

function holds<Q>({ decision }: RequestAuth<TokenRecord, Q, unknown>, need: Requirement): boolean {
  // A handler runs after the decision was made.
  return !isThenable(decision) && decision.ok && permission(compiledOf(decision.grant), need) === null
}

async function assertHeld<Q>(auth: RequestAuth<TokenRecord, Q, unknown>, need: Requirement, request: Q): Promise<void> {
  const decision = await auth.verifier.authorize(await auth.decision, need, request, auth.reader)
  if (decision.ok) return
  keepAlive(auth, request)
  throw new AccessDenied(decision, auth.verifier.challenge(decision, requestId(auth, request)))
}

async function verifyAuthAgain<Q>(
  auth: RequestAuth<TokenRecord, Q, unknown>,
  request: WithAuth<Q>,
): Promise<'allowed' | 'denied' | 'unavailable'> {
  const decision = await auth.verifier.verifyAgain(await auth.decision, request, auth.reader)
  if (!decision.ok && decision.reason === 'unavailable') return 'unavailable'
  request[REQUEST_AUTH] = { ...auth, decision }
  if (decision.ok) return 'allowed'
  keepAlive(auth, request)
  return 'denied'
}

function guard<Q extends object, H>(needOf: (request: Q) => Requirement): Check<Q, H> {
  return (request: WithAuth<Q>) => {
    const auth = authOf<RegisteredRecord, Q, H>(request)
    if (auth === undefined) {
      throw new PatError('ERR_PAT_GUARD_WITHOUT_AUTH', WITHOUT_AUTH)
    }
    const need = needOf(request)
    const permitted = andThen(auth.decision, (decision) =>
      auth.verifier.authorize(decision, need, request, auth.reader),
    )
    return andThen(permitted, (decision) => {
      if (decision.ok) return passed(decision.grant, null)
      keepAlive(auth, request)
      return refused(auth, decision, request, true)
    })
  }
}

/** A request derived from another one (`Object.create`) has no decision of its own. */
function authOf<R extends TokenRecord, Q extends object, H>(request: WithAuth<Q>): RequestAuth<R, Q, H> | undefined {
  return Object.hasOwn(request, REQUEST_AUTH) ? (request[REQUEST_AUTH] as RequestAuth<R, Q, H>) : undefined
}

/** Hands pending audit writes to the runtime. */
function keepAlive<R extends TokenRecord, Q, H>({ waitUntil, verifier }: RequestAuth<R, Q, H>, request: Q): void {
  if (waitUntil === null) return
  const failed = (cause: unknown) =>
    verifier.report(new PatError('ERR_PAT_WAIT_UNTIL_FAILED', 'waitUntil failed', cause))
  notify(() => waitUntil(request, verifier.settled()), failed)
}

function scopeFor<Q>(request: Q, scope: ScopeArgument<Q>): Scope {
  if (typeof scope !== 'function') return scope
  const segments = scope(request)
  if (Array.isArray(segments)) return segments
  throw new PatError('ERR_PAT_GUARD_SCOPE', 'the scope function of a guard must return an array of segments')
}

function outcome<R extends TokenRecord, Q, H>(
  auth: RequestAuth<R, Q, H>,
  decision: Decision<R>,
  request: Q,
): Outcome<H> {
  const { vary } = auth.verifier
  if (decision.ok) return passed(decision.grant, vary)
  if (auth.optional && decision.reason === 'missing_credential') return { ok: true, record: null, vary }
  return refused(auth, decision, request, false)
}

/** The exposed record has the registered type: one application has one kind of record. */
function passed<R extends TokenRecord>(grant: Grant<R>, vary: string | null): Passed {
  return { ok: true, record: grant.record as unknown as Readonly<RegisteredRecord>, vary }
}

function refused<R extends TokenRecord, Q, H>(
  auth: RequestAuth<R, Q, H>,
  denied: Denied,
  request: Q,
  byGuard: boolean,
): Refused<H> {
  const challenge = auth.verifier.challenge(denied, requestId(auth, request))
  return { ok: false, byGuard, vary: byGuard ? null : auth.verifier.vary, denied, challenge, onDeny: auth.onDeny }
}

/** Without one where the request cannot be read, which has been reported: the answer must still be given. */
function requestId<R extends TokenRecord, Q, H>({ reader }: RequestAuth<R, Q, H>, request: Q): string | null {
  try {
    return printable(reader.context(request).id)
  } catch {
    return null
  }
}

/** The fault of an `onDeny` that lets a request go on which a guard has refused. */
export function passedByOnDeny(): PatError {
  return new PatError('ERR_PAT_GUARD_PASSED', 'onDeny must answer a request that a guard has refused')
}

function isVerifier<R extends TokenRecord>(source: Verifier<R> | object): source is Verifier<R> {
  return typeof source === 'object' && source !== null && 'verify' in source
}

function authConfig<R extends TokenRecord, Q, H>(
  source: Verifier<R> | (VerifierOptions<R> & MiddlewareOptions<Q, H>),
  options: MiddlewareOptions<Q, H>,
  reader: RequestReader<Q>,
): AuthConfig<R, Q, H> {
  if (isVerifier(source)) return authConfigOf(source, options, reader)
  const { optional, onDeny, peer, requestId, waitUntil, ...verifierOptions } = { ...source }
  const own = { optional, onDeny, peer, requestId, waitUntil } as MiddlewareOptions<Q, H>
  return authConfigOf(createVerifier(verifierOptions as VerifierOptions<R>), own, reader)
}

/** The framework's reader, with the hooks in the place of what it reads by itself. */
function readerWith<Q>(
  reader: RequestReader<Q>,
  peer: ((request: Q) => string | null) | undefined,
  requestIdHook: ((request: Q) => string | null) | undefined,
  report: (fault: PatError) => void,
): RequestReader<Q> {
  const own = peer === undefined ? reader : { ...reader, peer: callable('peer', peer) }
  if (requestIdHook === undefined) return own
  const idOf = callable('requestId', requestIdHook)
  const context = (request: Q) => {
    const known = own.context(request)
    try {
      const id = idOf(request)
      return { ...known, id: typeof id === 'string' ? id : null }
    } catch (cause) {
      report(new PatError('ERR_PAT_REQUEST_ID_FAILED', 'requestId failed', cause))
      return { ...known, id: null }
    }
  }
  return { ...own, context }
}

function authConfigOf<R extends TokenRecord, Q, H>(
  verifier: Verifier<R>,
  options: MiddlewareOptions<Q, H>,
  reader: RequestReader<Q>,
): AuthConfig<R, Q, H> {
  const { optional = false, onDeny, peer, requestId, waitUntil, ...unknown } = options
  refuseUnknownOptions(unknown)
  return {
    verifier,
    reader: readerWith(reader, peer, requestId, verifier.report),
    optional: flag('optional', optional),
    onDeny: onDeny === undefined ? null : callable('onDeny', onDeny),
    waitUntil: waitUntil === undefined ? null : callable('waitUntil', waitUntil),
  }
}

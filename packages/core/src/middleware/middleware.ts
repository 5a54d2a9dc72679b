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
interface Entrance<R extends TokenRecord, Q, H> {
  readonly verifier: Verifier<R>
  readonly reader: RequestReader<Q>
  readonly optional: boolean
  readonly onDeny: H | null
  readonly waitUntil: ((request: Q, work: Promise<void>) => void) | null
}

/** What an entrance leaves on a request for guards and for the next entrance. */
interface Visit<R extends TokenRecord, Q, H> extends Entrance<R, Q, H> {
  /** Promised until it is made. */
  decision: Awaitable<Decision<R>>
}

const WITHOUT_AUTH =
  'patAuth must come before this on the same request, from the same copy of @patkit/core (npm ls @patkit/core)'

/** The key is nobody else's, so nothing that a middleware puts on a request opens a door. */
const VISIT: unique symbol = Symbol('patkit.visit')
type Visited<Q> = Q & { [VISIT]?: Visit<TokenRecord, Q, unknown> }

/** What a framework's package exports. `Q` is its request, `H` its form of `onDeny`, `M` its middleware, `T` the types of the API. */
export interface Adapter<Q extends object, H, M, T = Register> {
  /**
   * Middleware that verifies the token of every request and exposes its record as `pat`. Takes a verifier's options
   * together with its own, or a verifier that several apps share.
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
   * @throws TypeError naming the argument that is no scope
   */
  requireScope(...scopes: readonly [ScopeArgument<Q, T>, ...ScopeArgument<Q, T>[]]): M
  /** Guard: the token must hold at least one of the scopes. Arguments as for `requireScope`. */
  requireAnyScope(...scopes: readonly [ScopeArgument<Q, T>, ...ScopeArgument<Q, T>[]]): M
  /** Guard: the token must act for a user. `detail` says in the answer what needs one. */
  requireUser(detail?: string): M
  /**
   * The record of the verified token, typed as this API's; `null` where the request has no grant. The same as `pat` on
   * the request, whose type holds for the whole program.
   *
   * @throws PatError `ERR_PAT_GUARD_WITHOUT_AUTH` where `patAuth` has not seen the request
   */
  patOf(request: Q): RegisteredPat<T>
  /**
   * Whether the token of a request holds every scope, by the guards' rules: its scopes and its owner's ceiling. Emits no
   * event. `false` where the request has no grant. A scope is a name, or the segments of one.
   *
   * @throws PatError `ERR_PAT_GUARD_WITHOUT_AUTH` where `patAuth` has not seen the request
   */
  hasScope(request: Q, ...scopes: readonly [HeldScope<T>, ...HeldScope<T>[]]): boolean
  /**
   * The same for a handler that cannot go on without: where a scope is missing, the guards' event is emitted and an
   * `AccessDenied` thrown, which carries the guards' answer.
   *
   * @throws AccessDenied (rejects) where the token does not hold every scope
   */
  assertScope(request: Q, ...scopes: readonly [HeldScope<T>, ...HeldScope<T>[]]): Promise<void>
  /**
   * Verifies the token of a request anew, for what goes on for long, such as a stream: with the record, policy and ceiling
   * of now and the address of the first time. Emits one `refused` event where it is denied, and none where it is allowed.
   * Later guards and `hasScope` go by what it has found. `unavailable`: nothing could be found out, and nothing changes.
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
    ) => middleware(authentication(entrance(source, options, reader))),
    requireScope: (...scopes) => middleware(guard(scopeRequirement('all', scopes))),
    requireAnyScope: (...scopes) => middleware(guard(scopeRequirement('any', scopes))),
    requireUser: (detail) => middleware(guard(userRequirement(detail ?? null))),
    patOf: (request) => recordOf(visitFor(request)) as RegisteredPat,
    hasScope: (request, ...scopes) => holds(visitFor(request), allOf(scopes)),
    assertScope: (request, ...scopes) => assertHeld(visitFor(request), allOf(scopes), request),
    verifyAgain: (request) => verifyVisit(visitFor(request), request),
  } satisfies Adapter<Q, H, M>)
}

/** The same verifier twice on one request decides once. */
function authentication<R extends TokenRecord, Q extends object, H>(entered: Entrance<R, Q, H>): Check<Q, H> {
  const { verifier, reader } = entered
  return (request: Visited<Q>) => {
    const earlier = visitOf<R, Q, H>(request)
    const decision =
      earlier?.verifier === verifier ? (earlier as Visit<R, Q, H>).decision : verifier.verify(request, reader)
    const visit: Visit<R, Q, H> = { ...entered, decision }
    request[VISIT] = visit as Visit<TokenRecord, Q, unknown>
    return andThen(decision, (decided) => {
      visit.decision = decided
      keepAlive(visit, request)
      return outcome(visit, decided, request)
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
function visitFor<Q extends object>(request: Visited<Q>): Visit<TokenRecord, Q, unknown> {
  const visit = visitOf<TokenRecord, Q, unknown>(request)
  if (visit === undefined) throw new PatError('ERR_PAT_GUARD_WITHOUT_AUTH', WITHOUT_AUTH)
  return visit
}

function recordOf<Q>({ decision }: Visit<TokenRecord, Q, unknown>): Readonly<TokenRecord> | null {
  return !isThenable(decision) && decision.ok ? decision.grant.record : null
}

function holds<Q>({ decision }: Visit<TokenRecord, Q, unknown>, need: Requirement): boolean {
  // A handler runs after the decision was made.
  return !isThenable(decision) && decision.ok && permission(compiledOf(decision.grant), need) === null
}

async function assertHeld<Q>(visit: Visit<TokenRecord, Q, unknown>, need: Requirement, request: Q): Promise<void> {
  const decision = await visit.verifier.authorize(await visit.decision, need, request, visit.reader)
  if (decision.ok) return
  keepAlive(visit, request)
  throw new AccessDenied(decision, visit.verifier.challenge(decision, requestId(visit, request)))
}

async function verifyVisit<Q>(
  visit: Visit<TokenRecord, Q, unknown>,
  request: Visited<Q>,
): Promise<'allowed' | 'denied' | 'unavailable'> {
  const decision = await visit.verifier.verifyAgain(await visit.decision, request, visit.reader)
  if (!decision.ok && decision.reason === 'unavailable') return 'unavailable'
  request[VISIT] = { ...visit, decision }
  if (decision.ok) return 'allowed'
  keepAlive(visit, request)
  return 'denied'
}

function guard<Q extends object, H>(needOf: (request: Q) => Requirement): Check<Q, H> {
  return (request: Visited<Q>) => {
    const visit = visitOf<RegisteredRecord, Q, H>(request)
    if (visit === undefined) {
      throw new PatError('ERR_PAT_GUARD_WITHOUT_AUTH', WITHOUT_AUTH)
    }
    const need = needOf(request)
    const permitted = andThen(visit.decision, (decision) =>
      visit.verifier.authorize(decision, need, request, visit.reader),
    )
    return andThen(permitted, (decision) => {
      if (decision.ok) return passed(decision.grant, null)
      keepAlive(visit, request)
      return refused(visit, decision, request, true)
    })
  }
}

/** A request that was made of another (`Object.create`) has not been visited itself. */
function visitOf<R extends TokenRecord, Q extends object, H>(request: Visited<Q>): Visit<R, Q, H> | undefined {
  return Object.hasOwn(request, VISIT) ? (request[VISIT] as Visit<R, Q, H>) : undefined
}

/** Gives the runtime what is still to be written of the audit. */
function keepAlive<R extends TokenRecord, Q, H>({ waitUntil, verifier }: Visit<R, Q, H>, request: Q): void {
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

function outcome<R extends TokenRecord, Q, H>(visit: Visit<R, Q, H>, decision: Decision<R>, request: Q): Outcome<H> {
  const { vary } = visit.verifier
  if (decision.ok) return passed(decision.grant, vary)
  if (visit.optional && decision.reason === 'missing_credential') return { ok: true, record: null, vary }
  return refused(visit, decision, request, false)
}

/** What is exposed has the registered type: one application has one kind of record. */
function passed<R extends TokenRecord>(grant: Grant<R>, vary: string | null): Passed {
  return { ok: true, record: grant.record as unknown as Readonly<RegisteredRecord>, vary }
}

function refused<R extends TokenRecord, Q, H>(
  visit: Visit<R, Q, H>,
  denied: Denied,
  request: Q,
  byGuard: boolean,
): Refused<H> {
  const challenge = visit.verifier.challenge(denied, requestId(visit, request))
  return { ok: false, byGuard, vary: byGuard ? null : visit.verifier.vary, denied, challenge, onDeny: visit.onDeny }
}

/** Without one where the request cannot be read, which has been reported: the answer must still be given. */
function requestId<R extends TokenRecord, Q, H>({ reader }: Visit<R, Q, H>, request: Q): string | null {
  try {
    return printable(reader.context(request).id)
  } catch {
    return null
  }
}

/** The fault of an `onDeny` that lets a request go on which a guard has refused. */
export function passedByOnDeny(): PatError {
  return new PatError('ERR_PAT_GUARD_PASSED', 'onDeny must answer what a guard refuses: it cannot let it go on')
}

function isVerifier<R extends TokenRecord>(source: Verifier<R> | object): source is Verifier<R> {
  return typeof source === 'object' && source !== null && 'verify' in source
}

function entrance<R extends TokenRecord, Q, H>(
  source: Verifier<R> | (VerifierOptions<R> & MiddlewareOptions<Q, H>),
  options: MiddlewareOptions<Q, H>,
  reader: RequestReader<Q>,
): Entrance<R, Q, H> {
  if (isVerifier(source)) return entranceOf(source, options, reader)
  const { optional, onDeny, peer, requestId, waitUntil, ...verifierOptions } = { ...source }
  const own = { optional, onDeny, peer, requestId, waitUntil } as MiddlewareOptions<Q, H>
  return entranceOf(createVerifier(verifierOptions as VerifierOptions<R>), own, reader)
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

function entranceOf<R extends TokenRecord, Q, H>(
  verifier: Verifier<R>,
  options: MiddlewareOptions<Q, H>,
  reader: RequestReader<Q>,
): Entrance<R, Q, H> {
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

import { type Awaitable, isThenable, notify } from '../async.ts'
import type { Decision, Denied } from '../decision.ts'
import { PatError } from '../errors.ts'
import type { Header } from '../limit/rate-limit-headers.ts'
import type { TokenRecord } from '../lookup/record.ts'
import { printable } from '../text.ts'
import type { AuthConfig } from './auth-config.ts'
import { NO_HEADERS, type Refused } from './outcome.ts'

/** What `patAuth` leaves on a request for guards and for the next `patAuth`: one object for each request. */
export interface RequestAuth<R extends TokenRecord, Q, H> {
  readonly config: AuthConfig<R, Q, H>
  readonly request: Q
  /** The names that the answer's `Vary` must have: those of every `patAuth` on the request. */
  readonly vary: string
  /** Promised until it is made. */
  decision: Awaitable<Decision<R>>
}

type AnyAuth = RequestAuth<TokenRecord, unknown, unknown>

const WITHOUT_AUTH =
  'patAuth must come before this on the same request, from the same copy of @patkit/core (npm ls @patkit/core)'

/** A private key: no property that a middleware sets on a request can pass a guard. */
const REQUEST_AUTH: unique symbol = Symbol('patkit.auth')
type WithAuth<Q> = Q & { [REQUEST_AUTH]?: RequestAuth<TokenRecord, Q, unknown> }

export function setAuth<R extends TokenRecord, Q extends object, H>(auth: RequestAuth<R, Q, H>): void {
  const request: WithAuth<Q> = auth.request
  request[REQUEST_AUTH] = auth as RequestAuth<TokenRecord, Q, unknown>
}

/** A request derived from another one (`Object.create`) has no decision of its own; a copy of one has. */
export function authOf<R extends TokenRecord, Q extends object, H>(request: Q): RequestAuth<R, Q, H> | undefined {
  const auth = inheritedAuth<R, Q, H>(request)
  if (auth === undefined || auth.request === request) return auth
  return Object.hasOwn(request, REQUEST_AUTH) ? auth : undefined
}

/** Nothing of a request that cannot be read; the verifier reports that. */
function inheritedAuth<R extends TokenRecord, Q extends object, H>(request: Q): RequestAuth<R, Q, H> | undefined {
  try {
    return (request as WithAuth<Q>)[REQUEST_AUTH] as RequestAuth<R, Q, H> | undefined
  } catch {
    return undefined
  }
}

/** Whether requests that inherit from this object are kept beside. */
export function keepsBeside(prototype: object): boolean {
  return Object.hasOwn(prototype, REQUEST_AUTH)
}

/** One for all apps: a request comes from an app into those that are mounted in it, and back. */
const besides = new WeakMap<object, AnyAuth>()

/** The decision that is kept beside a request. */
export function authBeside(request: object): AnyAuth | undefined {
  return besides.get(request)
}

/** From now on, keeps what `patAuth` leaves beside the requests that inherit from this object. */
export function keepBeside(prototype: object): void {
  Object.defineProperty(prototype, REQUEST_AUTH, {
    get(this: object) {
      return besides.get(this)
    },
    set(this: object, auth: AnyAuth) {
      besides.set(this, auth)
    },
  })
}

/** @throws PatError `ERR_PAT_GUARD_WITHOUT_AUTH` where `patAuth` has not seen the request */
export function requireAuth<Q extends object, H>(request: Q): RequestAuth<TokenRecord, Q, H> {
  const auth = authOf<TokenRecord, Q, H>(request)
  if (auth === undefined) throw new PatError('ERR_PAT_GUARD_WITHOUT_AUTH', WITHOUT_AUTH)
  return auth
}

/** The decision of a request whose handler runs: `undefined` where it is still awaited. */
export function decided<R extends TokenRecord, Q, H>({ decision }: RequestAuth<R, Q, H>): Decision<R> | undefined {
  return isThenable(decision) ? undefined : (decision as Decision<R>)
}

/** Hands pending audit writes to the runtime. */
export function keepAlive<R extends TokenRecord, Q, H>({ config, request }: RequestAuth<R, Q, H>): void {
  const { waitUntil, verifier } = config
  if (waitUntil === null) return
  const failed = (cause: unknown) =>
    verifier.report(new PatError('ERR_PAT_WAIT_UNTIL_FAILED', 'waitUntil failed', cause))
  notify(() => waitUntil(request, verifier.settled()), failed)
}

export function refused<R extends TokenRecord, Q extends object, H>(
  auth: RequestAuth<R, Q, H>,
  denied: Denied,
  byGuard: boolean,
  headers: readonly Header[] = NO_HEADERS,
): Refused<H> {
  const { verifier, onDeny } = auth.config
  const challenge = verifier.challenge(denied, requestIdOf(auth))
  return { ok: false, byGuard, vary: byGuard ? null : auth.vary, headers, denied, challenge, onDeny }
}

/** Without one where the request cannot be read, which has been reported: the answer must still be given. */
export function requestIdOf<R extends TokenRecord, Q, H>({ config, request }: RequestAuth<R, Q, H>): string | null {
  try {
    return printable(config.reader.context(request).id)
  } catch {
    return null
  }
}

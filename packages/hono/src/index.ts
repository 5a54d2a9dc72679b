import {
  type Adapter,
  type ApiTypes,
  appendVary,
  type CountedHeaders,
  createAdapter,
  hasTruncatedHeaders,
  type Outcome,
  type PeerSocket,
  passedByOnDeny,
  type Refused,
  type RegisteredPat,
  type RequestReader,
  repeatedHeader,
  socketPeer,
} from '@patkit/core/adapter'
import type { Context, MiddlewareHandler, Next } from 'hono'

declare module 'hono' {
  interface ContextVariableMap {
    /** The record of the presented token, for reading only: guards do not look at it. */
    pat: RegisteredPat
  }
}

/** Answers a denial instead of patkit. What it throws or rejects with goes to the app's error handling. */
export type OnDeny = (refused: Refused<OnDeny>, c: Context, next: Next) => Response | Promise<Response>

/** What @hono/node-server gives: the one runtime whose connection and raw headers a context leads to. */
interface NodeBindings {
  readonly incoming?: CountedHeaders & { readonly socket?: PeerSocket }
}

const reader: RequestReader<Context> = {
  header: (c, name) => repeatedHeader(incomingOf(c)?.rawHeaders ?? [], name) ?? c.req.raw.headers.get(name),
  peer: (c) => socketPeer(incomingOf(c)?.socket),
  isTruncated: (c) => hasTruncatedHeaders(incomingOf(c) ?? {}),
  context: (c) => ({
    id: c.req.raw.headers.get('x-request-id'),
    method: c.req.method,
    path: c.req.path,
    route: c.req.routePath.endsWith('*') ? null : c.req.routePath,
    userAgent: c.req.raw.headers.get('user-agent'),
  }),
}

const adapter: Adapter<Context, OnDeny, MiddlewareHandler> = createAdapter(reader, (check) => async (c, next) => {
  const outcome = await check(c)
  const answer = await enforce(outcome, c, next)
  if (!outcome.ok) c.res = answer as Response
  if (outcome.vary !== null) c.header('Vary', appendVary(c.res.headers.get('Vary'), outcome.vary))
  return outcome.ok ? undefined : c.res
})

function incomingOf(c: Context): NodeBindings['incoming'] {
  return (c.env as NodeBindings | undefined)?.incoming
}

export const patAuth: typeof adapter.patAuth = adapter.patAuth
export const requireScope: typeof adapter.requireScope = adapter.requireScope
export const requireAnyScope: typeof adapter.requireAnyScope = adapter.requireAnyScope
export const requireUser: typeof adapter.requireUser = adapter.requireUser
export const patOf: typeof adapter.patOf = adapter.patOf
export const hasScope: typeof adapter.hasScope = adapter.hasScope
export const assertScope: typeof adapter.assertScope = adapter.assertScope
export const verifyAgain: typeof adapter.verifyAgain = adapter.verifyAgain

/** The variables that an API's `patAuth` sets: `new Hono<PatEnv<MyTypes>>()`. */
export interface PatEnv<T extends ApiTypes> {
  Variables: { pat: RegisteredPat<T> }
}
/** An adapter for one API's types. */
export type Pat<T extends ApiTypes> = Adapter<Context, OnDeny, MiddlewareHandler<PatEnv<T>>, T>

/**
 * The functions of this package with the record and scope names of one API, for programs that have several:
 * `createPat<{ record: DriveToken; scope: 'drive:read' | 'drive:write' }>()`. At run time they are the same functions.
 */
export function createPat<T extends ApiTypes>(): Pat<T> {
  return adapter as unknown as Pat<T>
}

function enforce(outcome: Outcome<OnDeny>, c: Context, next: Next): ReturnType<MiddlewareHandler> | Response {
  c.set('pat', (outcome.ok ? outcome.record : null) as RegisteredPat)
  if (outcome.ok) return next()
  if (outcome.onDeny !== null) return outcome.onDeny(outcome, c, outcome.byGuard ? stop : next)
  const { status, headers, body } = outcome.challenge
  return c.body(body, status, Object.fromEntries(headers))
}

async function stop(): Promise<never> {
  throw passedByOnDeny()
}

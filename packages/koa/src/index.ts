import {
  type Adapter,
  type ApiTypes,
  andThen,
  createAdapter,
  hasTruncatedHeaders,
  headersOnHead,
  nodeHeader,
  type Outcome,
  passedByOnDeny,
  type Refused,
  type RegisteredPat,
  type RequestReader,
  socketPeer,
} from '@patkit/core/adapter'
import type { Context, Middleware, Next, ParameterizedContext } from 'koa'

declare module 'koa' {
  interface DefaultState {
    /** The record of the presented token, for reading only: guards do not look at it. */
    pat: RegisteredPat
  }
}

/** Answers a denial instead of patkit. What it throws or rejects with goes to the app's error handling. */
export type OnDeny = (refused: Refused<OnDeny>, ctx: Context, next: Next) => unknown

const reader: RequestReader<Context> = {
  header: (ctx, name) => nodeHeader(ctx.req, name),
  peer: (ctx) => socketPeer(ctx.req.socket),
  isTruncated: (ctx) => hasTruncatedHeaders(ctx.req),
  context: (ctx) => ({
    id: nodeHeader(ctx.req, 'x-request-id'),
    method: ctx.method,
    path: ctx.originalUrl,
    route: routeOf(ctx),
    userAgent: nodeHeader(ctx.req, 'user-agent'),
  }),
}

const adapter: Adapter<Context, OnDeny, Middleware> = createAdapter(
  reader,
  (check) => (ctx, next) => andThen(check(ctx), (outcome) => enforce(outcome, ctx, next)),
)

export const patAuth: typeof adapter.patAuth = adapter.patAuth
export const requireScope: typeof adapter.requireScope = adapter.requireScope
export const requireAnyScope: typeof adapter.requireAnyScope = adapter.requireAnyScope
export const requireUser: typeof adapter.requireUser = adapter.requireUser
export const limitRate: typeof adapter.limitRate = adapter.limitRate
export const patOf: typeof adapter.patOf = adapter.patOf
export const hasScope: typeof adapter.hasScope = adapter.hasScope
export const assertScope: typeof adapter.assertScope = adapter.assertScope
export const verifyAgain: typeof adapter.verifyAgain = adapter.verifyAgain

/** The context behind an API's `patAuth`. */
export type PatContext<T extends ApiTypes> = ParameterizedContext<{ pat: RegisteredPat<T> }>
/** An adapter for one API's types. */
export type Pat<T extends ApiTypes> = Adapter<PatContext<T>, OnDeny, Middleware<{ pat: RegisteredPat<T> }>, T>

/**
 * The functions of this package with the record and scope names of one API, for programs that have several:
 * `createPat<{ record: DriveToken; scope: 'drive:read' | 'drive:write' }>()`. At run time they are the same functions.
 */
export function createPat<T extends ApiTypes>(): Pat<T> {
  return adapter as unknown as Pat<T>
}

function enforce(outcome: Outcome<OnDeny>, ctx: Context, next: Next): unknown {
  ctx.state.pat = (outcome.ok ? outcome.record : null) as RegisteredPat
  // When the head is written: Koa takes all headers away before it answers what a handler throws.
  headersOnHead(ctx.res, outcome)
  if (outcome.ok) return next()
  if (outcome.onDeny !== null) return outcome.onDeny(outcome, ctx, outcome.byGuard ? stop : next)
  const { status, headers, body } = outcome.challenge
  ctx.status = status
  for (const [name, value] of headers) ctx.set(name, value)
  ctx.body = body
}

/** The pattern that @koa/router has matched; below koa-mount it is only a part of one. */
function routeOf({ _matchedRoute: pattern, mountPath }: Context): string | null {
  return typeof pattern === 'string' && mountPath === undefined ? pattern : null
}

async function stop(): Promise<never> {
  throw passedByOnDeny()
}

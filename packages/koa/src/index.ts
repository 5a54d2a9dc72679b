import {
  type Adapter,
  andThen,
  createAdapter,
  hasTruncatedHeaders,
  nodeHeader,
  type Outcome,
  passedByOnDeny,
  type Refused,
  type RegisteredPat,
  type RequestReader,
  socketPeer,
} from '@patkit/core'
import type { Context, Middleware, Next } from 'koa'

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
    route: typeof ctx.routerPath === 'string' ? ctx.routerPath : null,
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

function enforce(outcome: Outcome<OnDeny>, ctx: Context, next: Next): unknown {
  ctx.state.pat = (outcome.ok ? outcome.record : null) as RegisteredPat
  if (outcome.ok) return next()
  if (outcome.onDeny !== null) return outcome.onDeny(outcome, ctx, outcome.byGuard ? stop : next)
  const { status, headers, body } = outcome.challenge
  ctx.status = status
  for (const [name, value] of headers) ctx.set(name, value)
  ctx.body = body
}

async function stop(): Promise<never> {
  throw passedByOnDeny()
}

import {
  type Adapter,
  type ApiTypes,
  andThen,
  appendedHeaders,
  type CountedHeaders,
  createAdapter,
  hasTruncatedHeaders,
  headersOnHead,
  type Outcome,
  type PeerSocket,
  passedByOnDeny,
  type Refused,
  type RegisteredPat,
  type RequestReader,
  repeatedHeader,
  socketPeer,
  type VaryingResponse,
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

/** What @hono/node-server gives: the one runtime whose connection, raw headers and response a context leads to. */
interface NodeBindings {
  readonly incoming?: CountedHeaders & { readonly socket?: PeerSocket }
  readonly outgoing?: VaryingResponse
}

const reader: RequestReader<Context> = {
  header: (c, name) => repeatedHeader(nodeOf(c).incoming?.rawHeaders ?? [], name) ?? c.req.raw.headers.get(name),
  peer: (c) => socketPeer(nodeOf(c).incoming?.socket),
  isTruncated: (c) => hasTruncatedHeaders(nodeOf(c).incoming ?? {}),
  context({ req: { method, path, routePath, raw } }) {
    const route = routePath.endsWith('*') ? null : routePath
    return { id: raw.headers.get('x-request-id'), method, path, route, userAgent: raw.headers.get('user-agent') }
  },
}

/** Without an async function of its own, which would cost more than verifying does. */
const adapter: Adapter<Context, OnDeny, MiddlewareHandler> = createAdapter(
  reader,
  (check) => (c, next) => andThen(check(c), (outcome) => enforce(outcome, c, next)) as Answer,
)

const ELSEWHERE: NodeBindings = {}
function nodeOf(c: Context): NodeBindings {
  return (c.env as NodeBindings | undefined) ?? ELSEWHERE
}

type Answer = ReturnType<MiddlewareHandler>

async function onResponse(c: Context, outcome: Outcome<OnDeny>, answered: Answer): ReturnType<MiddlewareHandler> {
  const answer = await answered
  if (!outcome.ok) c.res = answer as Response
  for (const [name, value] of appendedHeaders(c.res.headers, outcome)) c.header(name, value)
  return outcome.ok ? undefined : c.res
}

export const patAuth: typeof adapter.patAuth = adapter.patAuth
export const requireScope: typeof adapter.requireScope = adapter.requireScope
export const requireAnyScope: typeof adapter.requireAnyScope = adapter.requireAnyScope
export const requireUser: typeof adapter.requireUser = adapter.requireUser
export const limitRate: typeof adapter.limitRate = adapter.limitRate
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

function enforce(outcome: Outcome<OnDeny>, c: Context, next: Next): Answer {
  c.set('pat', (outcome.ok ? outcome.record : null) as RegisteredPat)
  // On Node where the head is written: in a `Response`, headers would have to be built for it.
  const written = headersOnHead(nodeOf(c).outgoing, outcome)
  const answered = outcome.ok ? next() : refuse(outcome, c, next)
  return written ? answered : onResponse(c, outcome, answered)
}

async function refuse(refused: Refused<OnDeny>, c: Context, next: Next): Promise<Response> {
  if (refused.onDeny !== null) return refused.onDeny(refused, c, refused.byGuard ? stop : next)
  const { status, headers, body } = refused.challenge
  return c.body(body, status, Object.fromEntries(headers))
}

async function stop(): Promise<never> {
  throw passedByOnDeny()
}

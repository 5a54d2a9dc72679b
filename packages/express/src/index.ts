import {
  type Adapter,
  type ApiTypes,
  andThen,
  createAdapter,
  extendApp,
  hasTruncatedHeaders,
  headersOnHead,
  isThenable,
  nodeHeader,
  type Outcome,
  passedByOnDeny,
  type Refused,
  type RegisteredPat,
  type RequestReader,
  socketPeer,
} from '@patkit/core/adapter'
import type { NextFunction, Request, Response } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** The record of the presented token, for reading only: guards do not look at it. */
      pat: RegisteredPat
    }
  }
}

/** Answers a denial instead of patkit. What it throws or rejects with goes to the app's error handlers. */
export type OnDeny = (refused: Refused<OnDeny>, req: Request, res: Response, next: NextFunction) => unknown

const reader: RequestReader<Request> = {
  header: nodeHeader,
  peer: (req) => socketPeer(req.socket),
  isTruncated: hasTruncatedHeaders,
  context: (req) => ({
    id: nodeHeader(req, 'x-request-id'),
    method: req.method,
    // Without Express, as before a plain Node server, `originalUrl` is missing.
    path: req.originalUrl ?? req.url,
    // Of a mount, Express knows the path that a request came with, and not its pattern.
    route: req.baseUrl === '' && typeof req.route?.path === 'string' ? req.route.path : null,
    userAgent: nodeHeader(req, 'user-agent'),
  }),
}

/** A `RequestHandler` that leaves a route's parameters to the route: that type would widen them for all handlers. */
export type PatHandler = <P>(req: Request<P>, res: Response, next: NextFunction) => void

/** Express 4 ignores promises, so rejections are passed on here. */
const adapter: Adapter<Request, OnDeny, PatHandler> = createAdapter(reader, (check) => (request, res, next) => {
  const req = request as Request
  extendApp(req.app as object | undefined)
  const enforced = andThen(check(req), (outcome) => enforce(outcome, req, res, next))
  if (isThenable(enforced)) enforced.then(undefined, next)
})

export const patAuth: typeof adapter.patAuth = adapter.patAuth
export const requireScope: typeof adapter.requireScope = adapter.requireScope
export const requireAnyScope: typeof adapter.requireAnyScope = adapter.requireAnyScope
export const requireUser: typeof adapter.requireUser = adapter.requireUser
export const limitRate: typeof adapter.limitRate = adapter.limitRate
export const patOf: typeof adapter.patOf = adapter.patOf
export const hasScope: typeof adapter.hasScope = adapter.hasScope
export const assertScope: typeof adapter.assertScope = adapter.assertScope
export const verifyAgain: typeof adapter.verifyAgain = adapter.verifyAgain

/**
 * The functions of this package with the record and scope names of one API, for programs that have several:
 * `createPat<{ record: DriveToken; scope: 'drive:read' | 'drive:write' }>()`. At run time they are the same functions.
 */
export function createPat<T extends ApiTypes>(): Adapter<Request, OnDeny, PatHandler, T> {
  return adapter as unknown as Adapter<Request, OnDeny, PatHandler, T>
}

function enforce(outcome: Outcome<OnDeny>, req: Request, res: Response, next: NextFunction): unknown {
  const pat = (outcome.ok ? outcome.record : null) as RegisteredPat
  // Not where the request inherits it: a property more costs a request of Express more than all the rest here.
  if (req.pat !== pat) req.pat = pat
  headersOnHead(res, outcome)
  if (outcome.ok) return void next()
  // Another middleware may have answered during the lookup.
  if (res.headersSent) return
  if (outcome.onDeny !== null) return outcome.onDeny(outcome, req, res, outcome.byGuard ? stopped(next) : next)
  const { status, headers, body } = outcome.challenge
  res.statusCode = status
  for (const [name, value] of headers) res.setHeader(name, value)
  res.end(body)
}

/** Where a guard has refused, the only way on is to an error handler. */
function stopped(next: NextFunction): NextFunction {
  return (error?: unknown) => next(error ?? passedByOnDeny())
}

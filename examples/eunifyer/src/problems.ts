import { ApiProblem, problemDetails } from '@patkit/api'
import type { ErrorRequestHandler, RequestHandler } from 'express'

export const nothingHere: RequestHandler = () => {
  throw new ApiProblem(404, 'not_found', 'Not found')
}

/** Errors outside the API's routes look like those inside. Unexpected errors are reported, not shown. */
export const answerProblem: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) return next(error)
  const problem = problemOf(error)
  if (problem.cause !== undefined) process.emitWarning(problem.cause as Error)
  const body = problemDetails(problem, req.get('x-request-id') ?? null)
  for (const [name, value] of problem.headers) res.setHeader(name, value)
  res.status(problem.status).setHeader('Content-Type', 'application/problem+json')
  res.setHeader('Cache-Control', 'no-store').end(JSON.stringify(body))
}

function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const { status } = error as { readonly status?: unknown }
  if (status === 413) return new ApiProblem(413, 'too_large', 'The body is too large')
  if (typeof status === 'number' && status < 500) return new ApiProblem(400, 'invalid_input', 'The body must be JSON')
  return new ApiProblem(503, 'unavailable', 'The service is unavailable', { cause: error })
}

import type { RequestListener, ServerResponse } from 'node:http'
import { type Api, ApiProblem, challengeProblem, expressApi } from '@patkit/api'
import type { Verifier } from '@patkit/core'
import { type OnDeny, patAuth, requireScope } from '@patkit/express'
import type { StoredRecord } from '@patkit/tokens'
import express, { type ErrorRequestHandler, type Request } from 'express'
import { customers } from './customers.ts'
import { errorDocument, MEDIA_TYPE } from './json-api.ts'

/** The management of tokens, and two routes of an API that they open. */
export function expressApp(api: Api, verifier: Verifier<StoredRecord>): RequestListener {
  const { list, archive } = customers()
  const app = express().disable('x-powered-by')
  app.use(expressApi(api))
  app.use(patAuth(verifier, { onDeny: denied }))
  app.get('/customers', requireScope('customers'), (_req, res) => send(res, 200, { data: list() }))
  app.post('/customers/:customerId/archive', requireScope('customers-write'), (req, res) => {
    const data = archive(req.params.customerId)
    if (data === null) throw notFound()
    send(res, 200, { data })
  })
  app.use(() => {
    throw notFound()
  })
  app.use(failed)
  return app
}

/** The verifier's own status, headers and words, in the form of this API. */
const denied: OnDeny = ({ challenge }, req, res) => sendProblem(res, req, challengeProblem(challenge))

/** Express takes it for an error handler by its four parameters. */
const failed: ErrorRequestHandler = (error, req, res, _next) => {
  if (error instanceof ApiProblem) return sendProblem(res, req, error)
  process.emitWarning(error)
  sendProblem(res, req, new ApiProblem(503, 'unavailable', 'The service is unavailable'))
}

function notFound(): ApiProblem {
  return new ApiProblem(404, 'not_found', 'Not found')
}

function sendProblem(res: ServerResponse, req: Request, problem: ApiProblem): void {
  for (const [name, value] of problem.headers) res.setHeader(name, value)
  send(res, problem.status, errorDocument(problem, req.get('x-request-id') ?? null))
}

/** Not `res.json`, which adds a charset: JSON:API has no such parameter. */
function send(res: ServerResponse, status: number, document: object): void {
  res.writeHead(status, { 'Content-Type': MEDIA_TYPE, 'Cache-Control': 'no-store' })
  res.end(JSON.stringify(document))
}

import type { Challenge } from '../challenge.ts'
import type { Denied } from '../decision.ts'

/**
 * What `assertScope` throws. Express and Koa answer with its `status` and `headers`, Hono with its `getResponse()`; an
 * error handler of the app's own can send `challenge` as it is.
 *
 * @example
 * ```ts
 * import express, { type NextFunction, type Request, type Response } from 'express'
 * import { AccessDenied } from '@patkit/core'
 *
 * const app = express()
 * app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
 *   if (!(error instanceof AccessDenied)) return next(error)
 *   res.status(error.status).set(error.headers).send(error.challenge.body)
 * })
 * ```
 */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied'
  readonly code = 'ERR_PAT_ACCESS_DENIED'
  readonly denied: Denied
  /** The guards' answer. */
  readonly challenge: Challenge
  readonly status: Challenge['status']
  readonly headers: Readonly<Record<string, string>>
  /** The message says nothing that the answer does not. */
  readonly expose = true

  constructor(denied: Denied, challenge: Challenge) {
    super(`access denied: ${denied.reason}`)
    this.denied = denied
    this.challenge = challenge
    this.status = challenge.status
    this.headers = Object.fromEntries(challenge.headers)
  }

  getResponse(): Response {
    return new Response(this.challenge.body, { status: this.status, headers: this.headers })
  }
}

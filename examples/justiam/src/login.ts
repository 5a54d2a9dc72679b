import { createHash, timingSafeEqual } from 'node:crypto'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import type { ParameterizedContext } from 'koa'
import type { Directory } from './directory.ts'
import { type Issuer, SESSION_SECONDS } from './issuer.ts'
import { answerProblem } from './problem-answer.ts'
import { USERS } from './users.ts'

/**
 * `POST /api/v1/login`, which the document does not describe: people get their JWT by a password, one for all of them in
 * this example. The answer does not say which part is wrong; service accounts cannot log in.
 */
export function loginRoutes(directory: Directory, issuer: Issuer, password: string): Router {
  const router = new Router()
  router.post('/api/v1/login', bodyParser({ enableTypes: ['json'], onError: refuseBody }), async (ctx) => {
    // The parser goes on with what it has refused.
    if (ctx.request.body === undefined) return
    const userId = await loggedIn(ctx.request.body, directory, password)
    ctx.set('Cache-Control', 'no-store')
    if (userId === null) return refuse(ctx)
    ctx.body = { access_token: await issuer.sign(userId), token_type: 'Bearer', expires_in: SESSION_SECONDS }
  })
  return router
}

/** Its error is neither repeated nor thrown: Koa would log it, and it may contain a password. */
function refuseBody(error: Error & { readonly status?: number }, ctx: ParameterizedContext): void {
  if (error.status === 413) answerProblem(ctx, 413, 'too_large', 'The body is too large')
  else answerProblem(ctx, 400, 'invalid_input', 'The body must be JSON')
}

function refuse(ctx: ParameterizedContext): void {
  // RFC 9110 §15.5.2: no 401 without a challenge.
  ctx.set('WWW-Authenticate', 'Bearer realm="api"')
  answerProblem(ctx, 401, 'login_failed', 'Username or password is wrong')
}

async function loggedIn(body: unknown, directory: Directory, password: string): Promise<string | null> {
  const given = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  const named = Object.values(USERS).find(({ username }) => username === given.username)
  const user = named === undefined ? null : await directory.find(named.id)
  const isKnown = timingSafeEqual(hashOf(given.password), hashOf(password))
  return user?.kind === 'user' && user.disabledAt === null && isKnown ? user.principalId : null
}

/** Of one length, for any text. */
function hashOf(value: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest()
}

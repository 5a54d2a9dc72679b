import { ApiProblem } from '@patkit/api'
import express, { type Router } from 'express'
import type { LoginLimit } from './login-limit.ts'
import { NO_COOKIE, type Sessions } from './sessions.ts'

/** Logging in and out. Only JSON is read, which a form of another site cannot send. */
export function sessionRoutes(sessions: Sessions, limit: LoginLimit): Router {
  const router = express.Router()
  router.post('/', express.json({ limit: '4kb' }), async (req, res) => {
    const { email, password } = Object(req.body)
    const cookie = await limit.attempt(req.socket.remoteAddress ?? '', () => sessions.open(email, password))
    if (cookie === null) throw new ApiProblem(403, 'login_refused', 'Email or password is wrong')
    res.setHeader('Set-Cookie', cookie).setHeader('Cache-Control', 'no-store').status(204).end()
  })
  router.delete('/', (req, res) => {
    sessions.close(req.headers.cookie ?? null)
    res.setHeader('Set-Cookie', NO_COOKIE).status(204).end()
  })
  return router
}

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { BODY, digestHeader, type Fixture, hear, keepHeader, type RequestCase } from './fixture.ts'

export async function honoCases({ packages, options, find }: Fixture): Promise<RequestCase[]> {
  const { patAuth, requireScope } = await packages.load<typeof import('@patkit/hono')>('hono')
  const bearer = bearerAuth({ verifyToken: (token) => find(token) !== undefined })
  return [
    caseOf('bare', false, []),
    caseOf('noop', false, [noop]),
    caseOf('floor', false, [floor]),
    caseOf('patAuth', true, [patAuth(options())]),
    caseOf('patAuth + callback', true, [patAuth(options(hear))]),
    caseOf('patAuth + callback + scope', true, [patAuth(options(hear))], requireScope('drive:read')),
    caseOf('bearerAuth', true, [bearer]),
  ]
}

function caseOf(
  name: string,
  authenticates: boolean,
  uses: MiddlewareHandler[],
  ...guards: MiddlewareHandler[]
): RequestCase {
  const app = new Hono()
  for (const middleware of uses) app.use(middleware)
  for (const guard of guards) app.use('/files', guard)
  app.get('/files', (c) => c.body(BODY, 200, { 'Content-Type': 'application/json' }))
  return { name, authenticates, server: createAdaptorServer({ fetch: app.fetch }) as Server }
}

const noop: MiddlewareHandler = (c, next) => {
  keepHeader(c.req.header('Authorization'))
  return next()
}

const floor: MiddlewareHandler = (c, next) => {
  digestHeader(c.req.header('Authorization'))
  return next()
}

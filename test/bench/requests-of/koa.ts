import { createServer } from 'node:http'
import Router, { type RouterMiddleware } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import koaJwt from 'koa-jwt'
import { BODY, digestHeader, type Fixture, hear, keepHeader, type RequestCase } from './fixture.ts'

export async function koaCases({ packages, options, jwtKey, jwtValues }: Fixture): Promise<RequestCase[]> {
  // jsonwebtoken takes key objects, which the types of koa-jwt leave out.
  const secret = jwtKey as unknown as string
  const { patAuth, requireScope } = await packages.load<typeof import('@patkit/koa')>('koa')
  return [
    caseOf('bare', false, []),
    caseOf('noop', false, [noop]),
    caseOf('floor', false, [floor]),
    caseOf('patAuth', true, [patAuth(options())]),
    caseOf('patAuth + callback', true, [patAuth(options(hear))]),
    caseOf('patAuth + callback + scope', true, [patAuth(options(hear))], requireScope('drive:read')),
    { ...caseOf('koa-jwt (HS256)', true, [koaJwt({ secret, algorithms: ['HS256'] })]), values: jwtValues },
  ]
}

function caseOf(name: string, authenticates: boolean, uses: Middleware[], ...guards: Middleware[]): RequestCase {
  const app = new Koa()
  for (const middleware of uses) app.use(middleware)
  const router = new Router()
  router.get('/files', ...(guards as RouterMiddleware[]), (ctx) => {
    ctx.type = 'json'
    ctx.body = BODY
  })
  app.use(router.routes())
  return { name, authenticates, server: createServer(app.callback()) }
}

const noop: Middleware = (ctx, next) => {
  keepHeader(ctx.req.headers.authorization)
  return next()
}

const floor: Middleware = (ctx, next) => {
  digestHeader(ctx.req.headers.authorization)
  return next()
}

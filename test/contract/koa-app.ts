import { Router } from '@koa/router'
import { type OnDeny, patAuth, requireAnyScope, requireScope, requireUser } from '@patkit/koa'
import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import { type App, entrance, hookAnswer } from './app.ts'
import { handle, type Kit, ROUTES, type Route } from './routes.ts'
import type { OnDenyBehaviour } from './vector.ts'

export type KoaModule = typeof Koa

type KoaKit = Kit<Context, OnDeny, Middleware>

/** Sets up the routes of the contract, `patAuth` among them. */
export function addRoutes(server: Koa, app: App): void {
  server.use(outsideRouter(app).routes() as Middleware)
  server.use(koaKit(app).enter())
  server.use(insideRouter(app).routes() as Middleware)
}

export function outsideRouter(app: App): Router {
  return routerOf(
    ROUTES.filter(({ outside }) => outside),
    app,
  )
}

/** The routes that stand behind `patAuth`, wherever that is. */
export function insideRouter(app: App): Router {
  return routerOf(
    ROUTES.filter(({ outside }) => !outside),
    app,
  )
}

/** Notes what reaches the error handling, and leaves the answer to Koa. */
export function hearErrors(server: Koa, app: App): void {
  server.on('error', (error) => app.heard.thrown.push(error))
}

export function koaKit(app: App): KoaKit {
  return {
    requireScope,
    requireAnyScope,
    requireUser,
    parameter: (ctx, name) => (ctx.params as Record<string, string>)[name],
    query: (ctx, name) => ctx.query[name],
    enter: () => entrance(patAuth, app, onDeny),
    forge: (record) => (ctx, next) => {
      ctx.state.pat = record
      return next()
    },
  }
}

function routerOf(routes: readonly Route[], app: App): Router {
  const router = new Router()
  for (const route of routes) {
    router[route.method](route.path, ...(route.steps(koaKit(app)) as never[]), handler(route, app) as never)
  }
  return router
}

function handler(route: Route, app: App): Middleware {
  return async (ctx) => {
    const body = await handle(app, route, ctx.state.pat)
    ctx.set('Content-Type', 'application/json')
    ctx.body = body
  }
}

function onDeny(behaviour: OnDenyBehaviour): OnDeny {
  return ({ denied }, ctx) => {
    const body = hookAnswer(behaviour, denied.reason)
    if (typeof body !== 'string') return body
    ctx.status = 418
    ctx.set('Content-Type', 'application/json')
    ctx.body = body
  }
}

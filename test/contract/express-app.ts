import { type OnDeny, patAuth, requireAnyScope, requireScope, requireUser } from '@patkit/express'
import type express from 'express'
import type { ErrorRequestHandler, IRouter, Request, RequestHandler } from 'express'
import { type App, entrance, hookAnswer } from './app.ts'
import { handle, type Kit, ROUTES, type Route } from './routes.ts'
import type { OnDenyBehaviour } from './vector.ts'

export type ExpressModule = typeof express

type ExpressKit = Kit<Request, OnDeny, RequestHandler>

/** Sets up the routes of the contract, `patAuth` among them, on an application or a router. */
export function addRoutes(router: IRouter, app: App): void {
  addOutsideRoutes(router, app)
  router.use(expressKit(app).enter())
  addInsideRoutes(router, app)
}

export function addOutsideRoutes(router: IRouter, app: App): void {
  for (const route of ROUTES.filter(({ outside }) => outside)) addRoute(router, route, app)
}

/** The routes that stand behind `patAuth`, wherever that is. */
export function addInsideRoutes(router: IRouter, app: App): void {
  for (const route of ROUTES.filter(({ outside }) => !outside)) addRoute(router, route, app)
}

/** Notes what reaches the error handlers, and leaves the answer to Express. */
export function hearErrors(app: App): ErrorRequestHandler {
  return (error, _req, _res, next) => {
    app.heard.thrown.push(error)
    next(error)
  }
}

export function expressKit(app: App): ExpressKit {
  return {
    requireScope,
    requireAnyScope,
    requireUser,
    parameter: (req, name) => req.params[name],
    query: (req, name) => req.query[name] as string | undefined,
    enter: () => entrance(patAuth, app, onDeny),
    forge: (record) => (req, _res, next) => {
      req.pat = record
      next()
    },
  }
}

function addRoute(router: IRouter, route: Route, app: App): void {
  router[route.method](route.path, ...route.steps(expressKit(app)), handler(route, app))
}

/** Express 4 ignores promises: there a handler passes its own rejection on, as its users do. */
function handler(route: Route, app: App): RequestHandler {
  return (req, res, next) => {
    const body = handle(app, route, req.pat)
    if (typeof body !== 'string') return void body.catch(next)
    res.setHeader('Content-Type', 'application/json')
    res.end(body)
  }
}

function onDeny(behaviour: OnDenyBehaviour): OnDeny {
  return ({ denied }, _req, res) => {
    const body = hookAnswer(behaviour, denied.reason)
    if (typeof body !== 'string') return body
    res.statusCode = 418
    res.setHeader('Content-Type', 'application/json')
    res.end(body)
  }
}

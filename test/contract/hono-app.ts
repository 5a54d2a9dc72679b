import { type OnDeny, patAuth, requireAnyScope, requireScope, requireUser } from '@patkit/hono'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { type App, entrance, hookAnswer } from './app.ts'
import { handle, type Kit, ROUTES, type Route } from './routes.ts'
import type { OnDenyBehaviour } from './vector.ts'

type HonoKit = Kit<Context, OnDeny, MiddlewareHandler>

/** Sets up the routes of the contract, `patAuth` among them. */
export function addRoutes(server: Hono, app: App): void {
  addOutsideRoutes(server, app)
  server.use(honoKit(app).enter())
  addInsideRoutes(server, app)
}

export function addOutsideRoutes(server: Hono, app: App): void {
  for (const route of ROUTES.filter(({ outside }) => outside)) addRoute(server, route, app)
}

/** The routes that stand behind `patAuth`, wherever that is. */
export function addInsideRoutes(server: Hono, app: App): void {
  for (const route of ROUTES.filter(({ outside }) => !outside)) addRoute(server, route, app)
}

/** Notes what reaches the error handling, and answers as Hono does by default. */
export function hearErrors(server: Hono, app: App): void {
  server.onError((error, c) => {
    app.heard.thrown.push(error)
    return c.text('Internal Server Error', 500)
  })
}

export function honoKit(app: App): HonoKit {
  return {
    requireScope,
    requireAnyScope,
    requireUser,
    parameter: (c, name) => c.req.param(name),
    query: (c, name) => c.req.query(name),
    enter: () => entrance(patAuth, app, onDeny),
    forge: (record) => (c, next) => {
      c.set('pat', record)
      return next()
    },
  }
}

function addRoute(server: Hono, route: Route, app: App): void {
  const steps = route.steps(honoKit(app))
  server.on(route.method, [route.path], ...steps, async (c) => {
    const body = await handle(app, route, c.get('pat'))
    return c.body(body, 200, { 'Content-Type': 'application/json' })
  })
}

function onDeny(behaviour: OnDenyBehaviour): OnDeny {
  return async ({ denied }, c) => {
    const body = await hookAnswer(behaviour, denied.reason)
    return c.body(body, 418, { 'Content-Type': 'application/json' })
  }
}

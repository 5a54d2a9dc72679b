import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Router as KoaRouter } from '@koa/router'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa, { type Middleware } from 'koa'
import mount from 'koa-mount'
import Koa2 from 'koa2'
import type { App } from './app.ts'
import * as expressApp from './express-app.ts'
import { type Framework, listen } from './frameworks.ts'
import * as honoApp from './hono-app.ts'
import * as koaApp from './koa-app.ts'

/** Where the routes of a nested API are found. */
export const PREFIX = '/mounted'

type NestExpress = (module: expressApp.ExpressModule, server: ReturnType<typeof express>, app: App) => void
type NestKoa = (Module: koaApp.KoaModule, server: Koa, app: App) => void
type NestHono = (server: Hono, app: App) => void

const EXPRESS_NESTINGS: Readonly<Record<string, NestExpress>> = {
  'a Router with its own patAuth': (module, server, app) => {
    const router = module.Router()
    expressApp.addRoutes(router, app)
    server.use(PREFIX, router)
  },
  'patAuth on the app, guards on a Router': (module, server, app) => {
    const router = module.Router()
    expressApp.addInsideRoutes(router, app)
    server.use(expressApp.expressKit(app).enter(), module.Router().use(PREFIX, router))
  },
  'a sub-app with its own patAuth': (module, server, app) => {
    const inner = module()
    expressApp.addRoutes(inner, app)
    server.use(PREFIX, inner)
  },
  'patAuth on the app, guards in a sub-app': (module, server, app) => {
    const inner = module()
    expressApp.addInsideRoutes(inner, app)
    server.use(expressApp.expressKit(app).enter())
    server.use(PREFIX, inner)
  },
}

const KOA_NESTINGS: Readonly<Record<string, NestKoa>> = {
  'a mounted app with its own patAuth': (Module, server, app) => {
    const inner = new Module()
    koaApp.addRoutes(inner, app)
    server.use(mount(PREFIX, inner))
  },
  'patAuth on the app, guards in a mounted app': (Module, server, app) => {
    const inner = new Module()
    inner.use(koaApp.insideRouter(app).routes() as Middleware)
    server.use(koaApp.koaKit(app).enter())
    server.use(mount(PREFIX, inner))
  },
  'patAuth on a router, guards on a router in it': (_Module, server, app) => {
    const outer = new KoaRouter()
    outer.use(koaApp.koaKit(app).enter() as never)
    outer.use(PREFIX, koaApp.insideRouter(app).routes())
    server.use(outer.routes() as Middleware)
  },
}

const HONO_NESTINGS: Readonly<Record<string, NestHono>> = {
  'a routed app with its own patAuth': (server, app) => {
    const inner = new Hono()
    honoApp.addRoutes(inner, app)
    server.route(PREFIX, inner)
  },
  'patAuth on the app, guards in a routed app': (server, app) => {
    const inner = new Hono()
    honoApp.addInsideRoutes(inner, app)
    server.use(honoApp.honoKit(app).enter())
    server.route(PREFIX, inner)
  },
  'a mounted app with its own patAuth': (server, app) => {
    const inner = new Hono()
    honoApp.hearErrors(inner, app)
    honoApp.addRoutes(inner, app)
    server.mount(PREFIX, inner.fetch)
  },
}

/** Routers and apps within apps that must answer as one app does. */
export const NESTED_FRAMEWORKS: readonly Framework[] = [
  ...Object.entries(EXPRESS_NESTINGS).flatMap(([name, nest]) => [
    nestedExpress(`Express 4, ${name}`, express4, nest),
    nestedExpress(`Express 5, ${name}`, express, nest),
  ]),
  ...Object.entries(KOA_NESTINGS).flatMap(([name, nest]) => [
    nestedKoa(`Koa 2, ${name}`, Koa2, nest),
    nestedKoa(`Koa 3, ${name}`, Koa, nest),
  ]),
  ...Object.entries(HONO_NESTINGS).map(([name, nest]) => nestedHono(`Hono 4, ${name}`, nest)),
]

/** What `mount` makes of `patAuth` outside: it drops the variables, and with them what guards look at. */
export const HONO_MOUNT: Framework = nestedHono(
  'Hono 4, patAuth on the app, guards in a mounted app',
  (server, app) => {
    const inner = new Hono()
    honoApp.hearErrors(inner, app)
    honoApp.addInsideRoutes(inner, app)
    server.use(honoApp.honoKit(app).enter())
    server.mount(PREFIX, inner.fetch)
  },
)

/** `patAuth` outside of a mounted app, and again inside. */
export const HONO_MOUNT_TWICE: Framework = nestedHono(
  'Hono 4, patAuth on the app and in a mounted app',
  (server, app) => {
    const inner = new Hono()
    honoApp.hearErrors(inner, app)
    honoApp.addRoutes(inner, app)
    server.use(honoApp.honoKit(app).enter())
    server.mount(PREFIX, inner.fetch)
  },
)

function nestedExpress(name: string, module: expressApp.ExpressModule, nest: NestExpress): Framework {
  return {
    name,
    start: (app) => {
      const server = module()
      nest(module, server, app)
      server.use(expressApp.hearErrors(app))
      return listen(createServer(server))
    },
  }
}

function nestedKoa(name: string, Module: koaApp.KoaModule, nest: NestKoa): Framework {
  return {
    name,
    start: (app) => {
      const server = new Module()
      koaApp.hearErrors(server, app)
      nest(Module, server, app)
      return listen(createServer(server.callback()))
    },
  }
}

function nestedHono(name: string, nest: NestHono): Framework {
  return {
    name,
    start: (app) => {
      const server = new Hono()
      honoApp.hearErrors(server, app)
      nest(server, app)
      return listen(createAdaptorServer({ fetch: server.fetch }) as Server)
    },
  }
}

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa from 'koa'
import Koa2 from 'koa2'
import type { App } from './app.ts'
import * as expressApp from './express-app.ts'
import * as honoApp from './hono-app.ts'
import * as koaApp from './koa-app.ts'

export interface RunningServer {
  readonly port: number
  close(): Promise<void>
}

/** A framework and major that can serve the API of the contract on 127.0.0.1. */
export interface Framework {
  readonly name: string
  start(app: App): Promise<RunningServer>
}

export const FRAMEWORKS: readonly Framework[] = [
  { name: 'Express 4', start: (app) => listen(createServer(expressServer(express4, app))) },
  { name: 'Express 5', start: (app) => listen(createServer(expressServer(express, app))) },
  { name: 'Koa 2', start: (app) => listen(createServer(koaServer(Koa2, app))) },
  { name: 'Koa 3', start: (app) => listen(createServer(koaServer(Koa, app))) },
  { name: 'Hono 4', start: (app) => listen(createAdaptorServer({ fetch: honoServer(app).fetch }) as Server) },
]

/** Listens on a free port. */
export async function listen(server: Server): Promise<RunningServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** `trust proxy` and `proxy` make `req.ip` and `ctx.ip` what the client says: patkit must not have looked at them. */
function expressServer(module: expressApp.ExpressModule, app: App): RequestListener {
  const server = module()
  server.set('trust proxy', true)
  expressApp.addRoutes(server, app)
  server.use(expressApp.hearErrors(app))
  return server
}

function koaServer(Module: koaApp.KoaModule, app: App): RequestListener {
  const server = new Module({ proxy: true })
  koaApp.hearErrors(server, app)
  koaApp.addRoutes(server, app)
  return server.callback()
}

function honoServer(app: App): Hono {
  const server = new Hono()
  honoApp.hearErrors(server, app)
  honoApp.addRoutes(server, app)
  return server
}

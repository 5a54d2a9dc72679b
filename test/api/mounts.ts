import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import {
  createServer as createHttp2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { serve } from '@hono/node-server'
import { expressApi, type FetchHandler, honoApi, koaApi } from '@patkit/api'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa from 'koa'
import Koa2 from 'koa2'

export type Mounted = RequestListener | Hono
type Mount = (api: FetchHandler) => Mounted

const withExpress =
  (make: typeof express, parsers: readonly ('json' | 'urlencoded')[]): Mount =>
  (api) => {
    const app = make()
    for (const parser of parsers) app.use(parser === 'json' ? make.json() : make.urlencoded({ extended: true }))
    app.use(expressApi(api))
    app.use((_req, res) => void res.status(418).end())
    return app
  }

const withKoa =
  (Framework: typeof Koa): Mount =>
  (api) => {
    const app = new Framework()
    app.use(koaApi(api))
    app.use((ctx) => {
      ctx.status = 418
    })
    return app.callback()
  }

/** Every framework, with 418 for paths outside the API. */
export const MOUNTS: Readonly<Record<string, Mount>> = {
  'Express 5': withExpress(express, []),
  'Express 5 behind express.json()': withExpress(express, ['json']),
  'Express 5 behind all parsers': withExpress(express, ['json', 'urlencoded']),
  'Express 4': withExpress(express4 as unknown as typeof express, []),
  'Express 4 behind express.json()': withExpress(express4 as unknown as typeof express, ['json']),
  'Express 4 behind all parsers': withExpress(express4 as unknown as typeof express, ['json', 'urlencoded']),
  'Koa 3': withKoa(Koa),
  'Koa 2': withKoa(Koa2 as unknown as typeof Koa),
  Hono: (api) => {
    const app = new Hono()
    app.use(honoApi(api))
    app.all('*', (c) => c.body(null, 418 as 400))
    return app
  },
}

/** The prototypes of Express are those of HTTP/1: an app over HTTP/2 needs its own on the compatibility API. */
export function overHttp2(app: express.Express): express.Express {
  const { request, response } = app
  app.request = Object.create(Http2ServerRequest.prototype, ownDescriptors(express.request, request))
  app.response = Object.create(Http2ServerResponse.prototype, ownDescriptors(express.response, response))
  return app
}

function ownDescriptors(...objects: readonly object[]): PropertyDescriptorMap {
  return Object.assign({}, ...objects.map((object) => Object.getOwnPropertyDescriptors(object)))
}

/** Every framework over HTTP/2, as Node's compatibility API has it. */
export const HTTP2_MOUNTS: Readonly<Record<string, Mount>> = {
  'Express 5 over HTTP/2': (api) =>
    overHttp2(MOUNTS['Express 5']?.(api) as express.Express) as unknown as RequestListener,
  'Koa 3 over HTTP/2': withKoa(Koa),
  'Koa 2 over HTTP/2': withKoa(Koa2 as unknown as typeof Koa),
  'Hono over HTTP/2': (api) => (MOUNTS.Hono as Mount)(api),
}

/** A server on a port of its own. */
export interface Listening {
  readonly url: string
  readonly port: number
  readonly close: () => Promise<void>
}

/** An app on a port of its own. */
export function listening(app: Mounted): Promise<Listening> {
  const isHono = app instanceof Hono
  return started(isHono ? serve({ fetch: app.fetch, ...LOOPBACK }) : createServer(app).listen(LOOPBACK))
}

/** The same without TLS over HTTP/2 (RFC 9113 §3.3). */
export function listeningHttp2(app: Mounted): Promise<Listening> {
  if (app instanceof Hono) return started(serve({ fetch: app.fetch, createServer: createHttp2Server, ...LOOPBACK }))
  const listener = app as unknown as Parameters<typeof createHttp2Server>[1]
  return started(createHttp2Server(listener as never).listen(LOOPBACK))
}

const LOOPBACK = { port: 0, host: '127.0.0.1', hostname: '127.0.0.1' }

async function started(server: ReturnType<typeof serve>): Promise<Listening> {
  // Sessions of HTTP/2 keep a server open after their clients have closed them.
  const sessions: ServerHttp2Session[] = []
  server.on('session', (session: ServerHttp2Session) => sessions.push(session))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = () => {
    for (const session of sessions) session.destroy()
    return promisify<void>(server.close.bind(server))()
  }
  return { url: `http://127.0.0.1:${port}`, port, close }
}

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
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

/** Every framework, with 418 for what is none of the API's. */
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

/** An app on a port of its own. */
export async function listening(
  app: Mounted,
): Promise<{ readonly url: string; readonly close: () => Promise<unknown> }> {
  const server =
    app instanceof Hono
      ? serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
      : createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => promisify(server.close.bind(server))(),
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createVerifier, tokenFormat, type Verifier } from '@patkit/core'
import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type StoredRecord } from '@patkit/tokens'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa from 'koa'
import { dialectOf } from '../servers/dialect.ts'
import { channelOf } from './channel.ts'
import { DECIDED_AT, type NodeArguments, type NodeOptions } from './node-options.ts'

/** One node of an API, in a process of its own. */
const options: NodeArguments = JSON.parse(process.argv[2] as string)

type Auth = Verifier<StoredRecord>

/** The answer to the request that is decided about. */
const answers = new AsyncLocalStorage<ServerResponse>()

const APPS: Readonly<Record<NodeOptions['framework'], (auth: Auth) => RequestListener>> = {
  express(auth) {
    const app = express().use(forExpress.patAuth(auth))
    return app.get('/files', (_req, res) => void res.json([]))
  },
  express4(auth) {
    const app = express4().use(forExpress.patAuth(auth))
    return app.get('/files', (_req, res) => void res.json([]))
  },
  koa(auth) {
    const app = new Koa().use(forKoa.patAuth(auth))
    app.use((ctx) => {
      ctx.body = []
    })
    return app.callback()
  },
  hono(auth) {
    const app = new Hono().use(forHono.patAuth(auth))
    app.get('/files', (c) => c.json([]))
    return getRequestListener(app.fetch)
  },
}

const store = sqlStore({ dialect: dialectOf(options.database) })
const { channel } = channelOf(options, store)
const tokens = createTokenService({ store, channel, format: tokenFormat({ prefix: 'acme' }), onError: () => {} })
const { onUse, ...verifierOptions } = tokens.verifierOptions
const verifier = createVerifier({
  ...verifierOptions,
  onError: () => {},
  onUse(record, at, clientIp) {
    answers.getStore()?.setHeader(DECIDED_AT, at)
    onUse?.(record, at, clientIp)
  },
})
const serve = APPS[options.framework](verifier)
const server = createServer((req, res) => {
  if (req.url === '/health') res.end(JSON.stringify(verifier.health))
  else answers.run(res, () => serve(req, res))
})
server.listen(options.port, '127.0.0.1')
await once(server, 'listening')
console.log('listening')

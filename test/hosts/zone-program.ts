import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type Audit, tokenFormat } from '@patkit/core'
import { memorySink } from '@patkit/core/testing'
import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { listen } from '../contract/frameworks.ts'

/** Asks APIs several times and prints, as a line of JSON each, the answers and whether events were written. */
const format = tokenFormat({ prefix: 'acme_pat' })
const token = format.mint()
const row = { id: '1', scopes: ['drive:read'], userId: 'ada', expiresAt: null, revokedAt: null, ipAllowlist: null }
const resolve = async (digest: string) => (digest === token.digest ? { ...row, digest } : null)

type Options = { format: typeof format; resolve: typeof resolve; audit: Exclude<Audit, (event: never) => unknown> }

const SERVERS: Readonly<Record<string, (options: Options) => Server>> = {
  express(options) {
    const app = express()
    app.get('/', forExpress.patAuth(options), forExpress.requireScope('drive:read'), (_req, res) => res.send('ok'))
    return createServer(app)
  },
  koa(options) {
    const app = new Koa()
    app.use(forKoa.patAuth(options)).use(forKoa.requireScope('drive:read'))
    app.use((ctx) => {
      ctx.body = 'ok'
    })
    return createServer(app.callback())
  },
  hono(options) {
    const app = new Hono()
    app.get('/', forHono.patAuth(options), forHono.requireScope('drive:read'), (c) => c.text('ok'))
    return createAdaptorServer({ fetch: app.fetch }) as Server
  },
}

for (const [framework, serverOf] of Object.entries(SERVERS)) {
  for (const mode of ['required', 'background'] as const) {
    const sink = memorySink()
    const { port, close } = await listen(serverOf({ format, resolve, audit: { mode, sink } }))
    const answers = await askAll(`http://127.0.0.1:${port}/`)
    await close()
    console.log(JSON.stringify({ isZoned: 'Zone' in globalThis, framework, mode, answers, events: sink.events.length }))
  }
}

/** A miss, two hits, uses of one turn of the event loop, a denial that no token can be named for, and a hit. */
async function askAll(url: string): Promise<readonly number[]> {
  const ask = async (credential: string) =>
    (await fetch(url, { headers: { authorization: `Bearer ${credential}` } })).status
  const good = () => ask(token.reveal())
  const inTurn = [await good(), await good(), await good()]
  return [...inTurn, ...(await Promise.all([good(), good()])), await ask(`${token.reveal()}x`), await good()]
}

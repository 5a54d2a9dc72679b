import { EventEmitter } from 'node:events'
import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type AuditEvent, digestToken, tokenFormat } from '@patkit/core'
import * as forExpress from '@patkit/express'
import * as forHono from '@patkit/hono'
import * as forKoa from '@patkit/koa'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa from 'koa'
import Koa2 from 'koa2'
import inject from 'light-my-request'
import mocks from 'node-mocks-http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../contract/frameworks.ts'
import { TOKEN } from './reader.ts'

const GOOD = { authorization: `Bearer ${TOKEN}` }

/** Options of `patAuth`, and the events that it has emitted. */
function setup() {
  const events: AuditEvent[] = []
  const row = { id: '1', scopes: ['drive:read'], userId: 'ada', expiresAt: null, revokedAt: null, ipAllowlist: null }
  const options = {
    format: tokenFormat({ prefix: 'acme_pat' }),
    resolve: (digest: string) => (digest === digestToken(TOKEN) ? { ...row, digest } : null),
    audit: (event: AuditEvent) => void events.push(event),
  }
  return { options, events }
}

describe.each([
  ['Express 5', expressHandler(express)],
  ['Express 4', expressHandler(express4)],
  ['Koa 3', koaHandler(Koa)],
  ['Koa 2', koaHandler(Koa2)],
] as const)('light-my-request into %s', (_name, handlerOf) => {
  test('requests are answered, and their client is the address that it was given', async () => {
    const { options, events } = setup()
    const handler = handlerOf(options)
    const send = (headers: Record<string, string>) =>
      inject(handler, { path: '/files', headers, remoteAddress: '203.0.113.9' })
    expect(await send(GOOD)).toMatchObject({ statusCode: 200, headers: { vary: 'Authorization' } })
    expect(await send(GOOD)).toMatchObject({ statusCode: 200 })
    expect(await send({})).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer realm="api"' } })
    expect(events[0]).toMatchObject({ outcome: 'allowed', clientIp: '203.0.113.9', request: { path: '/files' } })
  })
})

describe('node-mocks-http', () => {
  /** Goes through `patAuth` and a guard, until the request is passed or answered. */
  async function call(headers: Record<string, string>) {
    const { options, events } = setup()
    const req = mocks.createRequest({ method: 'GET', url: '/files', headers })
    const res = mocks.createResponse({ eventEmitter: EventEmitter })
    const passed = new Promise<boolean>((resolve, reject) => {
      res.on('end', () => resolve(false))
      const to = (next: () => void) => (error?: unknown) => (error === undefined ? next() : reject(error))
      const guarded = to(() => resolve(true))
      forExpress.patAuth(options)(
        req,
        res,
        to(() => forExpress.requireScope('drive:read')(req, res, guarded)),
      )
    })
    return { req, res, events, isPassed: await passed }
  }

  test('a request without a socket and rawHeaders passes', async () => {
    const { req, events, isPassed } = await call(GOOD)
    expect([isPassed, req.pat?.userId, forExpress.hasScope(req, 'drive:read')]).toEqual([true, 'ada', true])
    expect(events).toMatchObject([{ outcome: 'allowed', clientIp: null, request: { path: '/files' } }])
  })

  test('a denial is written into the response', async () => {
    const { res, isPassed } = await call({})
    expect([isPassed, res.statusCode, res.getHeader('www-authenticate')]).toEqual([false, 401, 'Bearer realm="api"'])
  })
})

describe('patAuth of Express before a plain Node server', () => {
  test('path, client and challenge are those of the request', async () => {
    const { options, events } = setup()
    const auth = forExpress.patAuth(options)
    const server = createServer((req, res) => auth(req as never, res as never, () => res.end('ok')))
    const { port, close } = await listen(server)
    onTestFinished(close)
    const url = `http://127.0.0.1:${port}/files?page=2`
    expect((await fetch(url, { headers: GOOD })).status).toBe(200)
    expect((await fetch(url)).status).toBe(401)
    expect(events).toMatchObject([
      { outcome: 'allowed', clientIp: '127.0.0.1', request: { path: '/files', route: null } },
      { outcome: 'missing_credential', request: { path: '/files' } },
    ])
  })

  test('a request of no connection has no client address', async () => {
    const { options, events } = setup()
    const req = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/files', headers: GOOD })
    const res = new ServerResponse(req)
    const error = await new Promise((resolve) => forExpress.patAuth(options)(req as never, res as never, resolve))
    expect(error).toBeUndefined()
    expect(events).toMatchObject([{ outcome: 'allowed', clientIp: null }])
  })
})

test('app.request of Hono, which has no connection', async () => {
  const { options, events } = setup()
  const app = new Hono()
    .use(forHono.patAuth(options))
    .get('/files', forHono.requireScope('drive:read'), (c) => c.json(c.var.pat.userId))
  const answer = await app.request('/files', { headers: GOOD })
  expect([answer.status, await answer.json()]).toEqual([200, 'ada'])
  expect((await app.request('/files')).status).toBe(401)
  expect(events[0]).toMatchObject({ outcome: 'allowed', clientIp: null, request: { path: '/files' } })
})

type Options = ReturnType<typeof setup>['options']

function expressHandler(module: typeof express) {
  return (options: Options) => {
    const app = module()
    app.use(forExpress.patAuth(options))
    app.get('/files', forExpress.requireScope('drive:read'), (_req, res) => res.send('ok'))
    return app as unknown as inject.DispatchFunc
  }
}

function koaHandler(Module: typeof Koa) {
  return (options: Options) => {
    const app = new Module()
    app.use(forKoa.patAuth(options)).use(forKoa.requireScope('drive:read'))
    app.use((ctx) => {
      ctx.body = 'ok'
    })
    return app.callback() as unknown as inject.DispatchFunc
  }
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { type Caller, createApi, expressApi, honoApi, koaApi } from '@patkit/api'
import { tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'

const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
const CALLER: Caller = {
  id: 'ada',
  organizationId: 'acme',
  principalId: 'ada',
  scopes: null,
  manages: null,
  administers: false,
}
const api = createApi({ tokens, basePath: '/manage', authenticate: () => CALLER })

const AFTER: readonly (readonly [string, RequestListener])[] = [
  ['Express', express().use(expressApi(api), express.text({ limit: '1mb' }), (req, res) => void res.end(req.body))],
  [
    'Koa',
    new Koa()
      .use(koaApi(api))
      .use(async (ctx) => {
        ctx.body = await text(ctx.req)
      })
      .callback(),
  ],
]

test.each(AFTER)('a request outside the API goes on in %s with its body unread', async (_, listener) => {
  const url = await serving(listener)
  const body = 'a'.repeat(500_000)
  const response = await fetch(`${url}/login`, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
  expect(await response.text()).toBe(body)
})

test.each([
  ['Express', express().use(expressApi(api)) as RequestListener],
  ['Koa', new Koa().use(koaApi(api)).callback()],
])('a body that is too large is answered in %s', async (_, listener) => {
  const url = await serving(listener)
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/manage/tokens`, { method: 'POST', body: `"${'a'.repeat(300_000)}"`, headers })
  expect(response.status).toBe(413)
})

test.each([
  ['Express', express().use(expressApi(api), (_req, res) => void res.status(418).end()) as RequestListener],
  ['Koa', new Koa().use(koaApi(api)).callback()],
  ['Hono', getRequestListener(new Hono().use(honoApi(api)).fetch)],
])('the target of a request names no host of its own in %s', async (_, listener) => {
  const { port } = new URL(await serving(listener))
  const page = { origin: 'http://elsewhere.example', cookie: 'session=ada' }
  const statusOf = async (path: string, headers: object = page) => {
    const sent = request({ port, method: 'POST', path, headers: { ...headers }, agent: false }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  expect([404, 418]).toContain(await statusOf('//elsewhere.example/manage/tokens'))
  expect([404, 418]).toContain(await statusOf('//'))
  expect(await statusOf('http://elsewhere.example/manage/tokens')).toBe(403)
  // @hono/node-server refuses such a host by itself.
  expect([400, 403]).toContain(await statusOf('/manage/tokens', { ...page, host: 'elsewhere.example/x?' }))
  expect(await statusOf('http://elsewhere.example/manage/tokens', {})).toBe(400)
})

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const GUARDED: readonly (readonly [string, RequestListener])[] = [
  [
    'Express',
    express()
      .use('/manage', (_req, res) => void res.status(451).end())
      .use(express.urlencoded({ extended: true }), express.json({ type: () => true, strict: false }))
      .use(expressApi(api), (_req, res) => void res.status(418).end()),
  ],
  [
    'Koa',
    new Koa()
      .use(async (ctx, next) => {
        if (!ctx.path.startsWith('/manage')) return next()
        ctx.status = 451
      })
      .use(koaApi(api))
      .callback(),
  ],
  [
    'Hono',
    getRequestListener(
      new Hono()
        .use('/manage/*', async (c) => c.body(null, 451 as 400))
        .use(honoApi(api))
        .all('*', (c) => c.body(null, 418 as 400)).fetch,
    ),
  ],
]

test.each(GUARDED)('no encoded path bypasses the guard before the API in %s', async (_, listener) => {
  const { port } = new URL(await serving(listener))
  const paths = ['/x/../manage/tokens', '/x/%2e%2e/manage/tokens', '/x/.%2E/manage/tokens', '/x\\..\\manage/tokens']
  for (const path of [
    ...paths,
    '/x%5c..%5cmanage/tokens',
    '/%6danage/tokens',
    '/manage/%74okens',
    '/./manage/tokens',
  ]) {
    const sent = request({ port, path, agent: false }).end()
    const [{ statusCode }] = (await once(sent, 'response')) as [IncomingMessage]
    expect([path, statusCode === 200]).toEqual([path, false])
  }
})

test.each([
  ['TRACE', {}, ''],
  ['POST', { 'content-type': 'application/x-www-form-urlencoded' }, 'token[toString]=y&a[b][c]=d'],
  ['POST', { 'content-type': 'application/x-www-form-urlencoded' }, 'null'],
])('%s %j %j does not break a mounted API', async (method, headers, body) => {
  const app = express()
    .use(express.urlencoded({ extended: true }))
    .use(express.json({ type: () => true, strict: false }))
    .use(expressApi(api), (_req, res) => void res.status(418).end())
  const { port } = new URL(await serving(app))
  for (const path of ['/manage/revoke', '/elsewhere']) {
    const sent = request({ port, method, path, headers, agent: false })
    sent.end(body)
    const [{ statusCode }] = (await once(sent, 'response')) as [IncomingMessage]
    expect(statusCode).toBeLessThan(500)
  }
})

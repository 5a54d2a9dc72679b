import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Caller, createApi, expressApi, koaApi } from '@patkit/api'
import { tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import express from 'express'
import Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'

const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
const CALLER: Caller = {
  id: 'ada',
  organizationId: 'acme',
  principalId: 'ada',
  scopes: null,
  manages: () => false,
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

test.each(AFTER)('what is none of the API goes on in %s with its body unread', async (_, listener) => {
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

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

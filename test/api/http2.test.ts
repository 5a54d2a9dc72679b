import type { RequestListener } from 'node:http'
import type { FetchHandler } from '@patkit/api'
import { tokenFormat } from '@patkit/core'
import { patAuth as expressAuth, requireScope as expressScope } from '@patkit/express'
import { patAuth as honoAuth, requireScope as honoScope } from '@patkit/hono'
import { patAuth as koaAuth, requireScope as koaScope } from '@patkit/koa'
import { createTokenService, memoryStore } from '@patkit/tokens'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHarness } from '../../packages/api/test/harness.ts'
import { type Http2Request, sendHttp2 } from './http2-request.ts'
import { HTTP2_MOUNTS, listeningHttp2, type Mounted, overHttp2 } from './mounts.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

async function serving(app: Mounted) {
  const { url, port, close } = await listeningHttp2(app)
  onTestFinished(close)
  return { port, send: (request: Http2Request) => sendHttp2(url, request) }
}

describe.each(Object.entries(HTTP2_MOUNTS))('%s', (_, mount) => {
  test('a token is made, listed and revoked', async () => {
    const harness = await createHarness()
    const { send } = await serving(mount(harness.api))
    const headers = harness.headersOf('managingToken')
    const body = JSON.stringify({ name: 'ci' })
    const made = await send({ method: 'POST', path: '/manage/tokens', headers: { ...headers, ...JSON_TYPE }, body })
    expect([made.status, made.headers['content-type']]).toEqual([201, 'application/json'])
    const { id, secret } = JSON.parse(made.body)
    const listed = await send({ path: '/manage/tokens?limit=1', headers })
    expect(JSON.parse(listed.body).items).toMatchObject([{ name: 'ci' }])
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = { method: 'POST', path: '/manage/revoke', headers: { ...headers, ...form }, body: `token=${secret}` }
    expect((await send(sent)).status).toBe(200)
    expect(JSON.parse((await send({ path: `/manage/tokens/${id}`, headers })).body).status).toBe('revoked')
    const large = {
      method: 'POST',
      path: '/manage/tokens',
      headers: { ...headers, ...JSON_TYPE },
      body: `"${'a'.repeat(100_000)}"`,
    }
    expect((await send(large)).status).toBe(413)
    expect((await send({ path: '/elsewhere', headers })).status).toBe(418)
  })

  test('the origin of a page is compared with the authority', async () => {
    const harness = await createHarness()
    const { port, send } = await serving(mount(harness.api))
    const from = (origin: string, more: object = {}) =>
      send({
        method: 'POST',
        path: '/manage/tokens',
        headers: { cookie: 'session=ada', origin, ...JSON_TYPE, ...more },
        body: '{"name":"a"}',
      })
    expect((await from(`http://127.0.0.1:${port}`)).status).toBe(201)
    expect((await from('http://evil.example')).status).toBe(403)
    expect((await from('http://evil.example', { authorization: 'Basic YTpi' })).status).toBe(403)
  })

  test('an answer keeps no header of a connection', async () => {
    const headers = { connection: 'close', 'keep-alive': 'timeout=5', 'x-kept': 'a' }
    const handler: FetchHandler = { handle: async () => new Response('ok', { headers }) }
    const { send } = await serving(mount(handler))
    const { status, headers: seen, body } = await send({ path: '/' })
    expect([status, seen.connection, seen['keep-alive'], seen['x-kept'], body]).toEqual([
      200,
      undefined,
      undefined,
      'a',
      'ok',
    ])
  })
})

async function issued() {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
  const owner = { organizationId: 'acme', principalId: 'ada' }
  const actor = { id: 'root', scopes: null }
  await tokens.putPrincipal(actor, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  const { secret } = await tokens.create(actor, owner, { name: 'a', scopes: ['drive:read'] })
  return { options: tokens.verifierOptions, token: secret.reveal() }
}

type Options = Awaited<ReturnType<typeof issued>>['options']

const GUARDED: Readonly<Record<string, (options: Options) => Mounted>> = {
  Express: (options) =>
    overHttp2(express())
      .use(expressAuth(options))
      .get('/read', expressScope('drive:read'), (req, res) => void res.end(req.pat.id))
      .get('/write', expressScope('drive:write'), (_req, res) => void res.end()) as unknown as RequestListener,
  Koa: (options) =>
    new Koa()
      .use(koaAuth(options))
      .use((ctx, next) => koaScope(ctx.path === '/read' ? 'drive:read' : 'drive:write')(ctx, next))
      .use((ctx) => {
        ctx.body = ctx.state.pat.id
      })
      .callback(),
  Hono: (options) =>
    new Hono()
      .use(honoAuth(options))
      .get('/read', honoScope('drive:read'), (c) => c.text(c.var.pat.id))
      .get('/write', honoScope('drive:write'), (c) => c.text('')),
}

test.each(Object.entries(GUARDED))('patAuth and its guards decide over HTTP/2 in %s', async (_, app) => {
  const { options, token } = await issued()
  const { send } = await serving(app(options))
  const asked = async (path: string, authorization?: string | string[]) => {
    const answer = await send({ path, headers: authorization === undefined ? {} : { authorization } })
    return [answer.status, answer.headers['www-authenticate']?.split(' ')[0]]
  }
  expect(await asked('/read', `Bearer ${token}`)).toEqual([200, undefined])
  expect(await asked('/write', `Bearer ${token}`)).toEqual([403, 'Bearer'])
  expect(await asked('/read')).toEqual([401, 'Bearer'])
  expect(await asked('/read', 'Bearer acme_nothing')).toEqual([401, 'Bearer'])
  expect(await asked('/read', `Bearer ${token}, Bearer ${token}`)).toEqual([400, 'Bearer'])
})

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type AuditEvent, tokenFormat, type VerifierOptions } from '@patkit/core'
import * as patExpress from '@patkit/express'
import * as patHono from '@patkit/hono'
import { jwtFormat } from '@patkit/jwt'
import * as patKoa from '@patkit/koa'
import { createTokenService, memoryStore, type StoredRecord } from '@patkit/tokens'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'
import { ISSUER, keyPair, keyServer, sign } from '../../packages/jwt/test/issuer.ts'

type Options = VerifierOptions<StoredRecord>

const APPS: readonly (readonly [string, (options: Options) => RequestListener])[] = [
  [
    'Express',
    (options) =>
      express().use(patExpress.patAuth(options), patExpress.requireScope('drive:read'), (req, res) => {
        res.end(req.pat.userId ?? '')
      }),
  ],
  [
    'Koa',
    (options) =>
      new Koa()
        .use(patKoa.patAuth(options))
        .use(patKoa.requireScope('drive:read'))
        .use((ctx) => {
          ctx.body = ctx.state.pat.userId ?? ''
        })
        .callback(),
  ],
  [
    'Hono',
    (options) =>
      getRequestListener(
        new Hono()
          .use(patHono.patAuth(options))
          .get('/', patHono.requireScope('drive:read'), (c) => c.text(c.var.pat.userId ?? '')).fetch,
      ),
  ],
]

test.each(APPS)('%s takes PATs of a token service and JWTs of an issuer through one door', async (_, listenerOf) => {
  await using server = await keyServer(await keyPair('k1'))
  const pair = await keyPair('k2')
  server.publish(pair)
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
  const owner = { organizationId: 'acme', principalId: 'bob' }
  const actor = { id: 'admin', scopes: null }
  await tokens.putPrincipal(actor, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  const { token, secret } = await tokens.create(actor, owner, { name: 'a', scopes: ['drive:read'] })
  const jwt = jwtFormat({ issuers: [{ issuer: ISSUER, audience: 'api', algorithms: ['RS256'], jwks: server.url }] })
  const events: AuditEvent[] = []
  const format = [...tokens.verifierOptions.format, jwt]
  const options = { ...tokens.verifierOptions, format, audit: (event: AuditEvent) => events.push(event) }
  const send = await sender(listenerOf(options))

  const now = Math.floor(Date.now() / 1_000)
  const claims = { iat: now, exp: now + 300, jti: token.id }
  expect(await send(secret.reveal())).toEqual([200, expect.any(String), null])
  expect(await send(await sign(pair, claims))).toEqual([200, 'ada', null])
  const forbidden = 'Bearer realm="api", error="insufficient_scope"'
  expect(await send(await sign(pair, { ...claims, scope: 'drive:write' }))).toEqual([
    403,
    expect.stringContaining('insufficient_scope'),
    expect.stringContaining(forbidden),
  ])
  expect((await send(await sign({ ...pair, kid: 'k1' }, claims)))[0]).toBe(401)
  expect(events.filter(({ kind }) => kind === 'use').map(({ outcome }) => outcome)).toEqual([
    'allowed',
    'allowed',
    'allowed',
    'malformed_token',
  ])
  await tokens.close()
  expect((await tokens.get(owner, token.id)).useCount).toBe(1)
})

/** Sends a request with a token, and says status, body and challenge. */
async function sender(listener: RequestListener): Promise<(token: string) => Promise<[number, string, string | null]>> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return async (token) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${token}` } })
    return [response.status, await response.text(), response.headers.get('www-authenticate')]
  }
}

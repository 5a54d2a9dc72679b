import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import { connect, type ListenOptions } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type AuditEvent, type TokenRecord, tokenFormat, type VerifierOptions } from '@patkit/core'
import * as patExpress from '@patkit/express'
import * as patHono from '@patkit/hono'
import * as patKoa from '@patkit/koa'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'

type Options = VerifierOptions<TokenRecord>

const FRAMEWORKS: readonly (readonly [string, (options: Options) => RequestListener])[] = [
  ['Express', (options) => express().use(patExpress.patAuth(options), (_req, res) => void res.end('in'))],
  ['Koa', (options) => new Koa().use(patKoa.patAuth(options)).use(koaAnswer).callback()],
  [
    'Hono',
    (options) => getRequestListener(new Hono().use(patHono.patAuth(options)).get('/', (c) => c.text('in')).fetch),
  ],
]

const TCP: ListenOptions = { host: '127.0.0.1', port: 0 }
const CLIENT = '203.0.113.9'
const PROXY = '198.51.100.1'
const format = tokenFormat({ prefix: 'acme_pat' })
const token = format.mint()
const record: TokenRecord = {
  id: 'tok_1',
  digest: token.digest,
  scopes: [],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: [CLIENT],
  userId: null,
}

function koaAnswer(ctx: Koa.Context): void {
  ctx.body = 'in'
}

function unixSocket(): ListenOptions {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { path: join(folder, 'socket') }
}

/** Where a server that runs `listener` can be reached: a port, or the path of a unix socket. */
async function serving(listener: RequestListener, listen: ListenOptions): Promise<number | string> {
  const server = createServer(listener).listen(listen)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'string' ? address : (address?.port ?? 0)
}

/** The status of a request with the token and these headers. */
async function statusOf(target: number | string, headers: Record<string, string | string[]>): Promise<number> {
  const place = typeof target === 'string' ? { socketPath: target } : { host: '127.0.0.1', port: target }
  const authorization = `Bearer ${token.reveal()}`
  const sent = request({ ...place, agent: false, headers: { ...headers, authorization } }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response.statusCode ?? 0
}

describe.each(FRAMEWORKS)('%s', (_, listenerOf) => {
  test.each<[string, Partial<Options>, ListenOptions | 'unix', number, string | null]>([
    ['reads no header by default', {}, TCP, 401, '127.0.0.1'],
    ['believes a proxy that it trusts', { trustedProxies: ['127.0.0.0/8', PROXY] }, TCP, 200, CLIENT],
    ['trusts no address behind a foreign proxy', { trustedProxies: ['127.0.0.1'] }, TCP, 401, PROXY],
    ['believes no foreign peer', { trustedProxies: ['unix', PROXY] }, TCP, 401, '127.0.0.1'],
    ['trusts the peer of a unix socket', { trustedProxies: ['unix', PROXY] }, 'unix', 200, CLIENT],
    ['trusts a unix socket only if configured', { trustedProxies: ['127.0.0.1'] }, 'unix', 401, null],
  ])('%s', async (_, options, listen, status, clientIp) => {
    const events: AuditEvent[] = []
    const audit = (event: AuditEvent) => events.push(event)
    const listener = listenerOf({ format, resolve: () => record, audit, ...options })
    const target = await serving(listener, listen === 'unix' ? unixSocket() : listen)
    expect(await statusOf(target, { 'X-Forwarded-For': [`192.0.2.1, ${CLIENT}`, PROXY] })).toBe(status)
    expect(events.map((event) => event.clientIp)).toEqual([clientIp])
  })

  test('reads Forwarded, and the other header not', async () => {
    const trusting = { trustedProxies: ['127.0.0.1'], forwardedHeader: 'forwarded' } as const
    const target = await serving(listenerOf({ format, resolve: () => record, ...trusting }), TCP)
    expect(await statusOf(target, { Forwarded: ['for=_x', `for="${CLIENT}:80"`], 'X-Forwarded-For': PROXY })).toBe(200)
    expect(await statusOf(target, { Forwarded: `for="[2001:db8::7]"`, 'X-Forwarded-For': CLIENT })).toBe(401)
  })

  test('a client that hangs up is not taken for a unix socket', async () => {
    let hear: (event: AuditEvent) => void = () => {}
    const heard = new Promise<AuditEvent>((resolve) => {
      hear = resolve
    })
    const listener = listenerOf({
      format,
      resolve: () => record,
      audit: (event) => hear(event),
      trustedProxies: ['unix'],
    })
    const target = await serving((req, res) => {
      const closed = new Promise((resolve) => req.socket.on('error', () => {}).once('close', resolve))
      client.resetAndDestroy()
      closed.then(() => listener(req, res))
    }, TCP)
    const client = connect(Number(target), '127.0.0.1').on('error', () => {})
    client.write(
      `GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${CLIENT}\r\nAuthorization: Bearer ${token.reveal()}\r\n\r\n`,
    )
    expect(await heard).toMatchObject({ outcome: 'ip_denied', clientIp: null })
  })
})

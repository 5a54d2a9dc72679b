import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Verifier } from '@patkit/core'
import { patAuth } from '@patkit/hono'
import type { Express } from 'express'
import { Hono, type MiddlewareHandler } from 'hono'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { listen } from '../contract/frameworks.ts'
import { sendRaw } from '../contract/raw-request.ts'
import { filesOf, programOf } from './page.ts'
import { DATABASE, type Database, TOKEN } from './reader.ts'

const PAGE = 'docs/guides/event-source-and-websocket.md'
const MAIN = ['server', 'db', 'streams', 'tickets', 'hono'].map((name) => `export * from './${name}.ts'\n`).join('')
/** One with a good form that is in no table. */
const UNKNOWN = 'acme_pat_g79Srl7njH76EYigk1oUbJzkPleAJ41y8QB6'

const SCRIPT = `(async () => {
  const { readEvents } = await import('/fetch.js')
  const { openEvents } = await import('/event-source.js')
  const { openSocket } = await import('/web-socket.js')
  readEvents('${TOKEN}', (text) => receive('fetch: ' + text))
  await openEvents('${TOKEN}', (text) => receive('event-source: ' + text))
  openSocket('${TOKEN}', (text) => receive('web-socket: ' + text))
})()`

interface Program extends Database {
  readonly app: Express
  readonly server: Server
  readonly verifier: Verifier<never>
  publish(text: string): void
  checkStreams(now?: number): Promise<void>
  issue(authorization: string, now?: number): string
  redeem(ticket: string, now?: number): string | undefined
  withAuthorization(of: (headers: Headers) => string | undefined): MiddlewareHandler
}

const page = programOf(PAGE, { 'db.ts': DATABASE, 'main.ts': MAIN })
let program: Program
let port: number

beforeAll(async () => {
  program = await page.load<Program>('main.ts')
  // Serves the scripts of the page, as a site does.
  program.app.get('/', (_req, res) => res.type('html').send('<title>ready</title>'))
  for (const [name, code] of Object.entries(filesOf(PAGE, ['js'])))
    program.app.get(`/${name}`, (_req, res) => res.type('js').send(code))
  program.server.listen(0, '127.0.0.1')
  await once(program.server, 'listening')
  port = (program.server.address() as AddressInfo).port
})
beforeEach(() => become('good'))
afterAll(() => {
  program.server.closeAllConnections()
  program.server.close()
  page.remove()
})

async function become(state: Parameters<Database['become']>[0]): Promise<void> {
  program.become(state)
  await program.verifier.invalidate({ kind: 'all' })
}

test('the programs compile', () => expect(page.complaints).toBe(''))

describe('event streams', () => {
  test('fetch reads one, until its token is revoked', async () => {
    const stream = await fetchEvents({ authorization: `Bearer ${TOKEN}` })
    expect(stream.status).toBe(200)
    program.publish('first')
    expect(await stream.next()).toBe('data: first\n\n')
    await program.checkStreams()
    program.publish('second')
    expect(await stream.next()).toBe('data: second\n\n')
    await become('revoked')
    await program.checkStreams()
    expect(await stream.next()).toBeUndefined()
  })

  test('while the database is away, one stays open for the time of a cached record', async () => {
    const stream = await fetchEvents({ authorization: `Bearer ${TOKEN}` })
    const start = Date.now()
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => reported.mockRestore())
    await become('away')
    await program.checkStreams(start)
    program.publish('still here')
    expect(await stream.next()).toBe('data: still here\n\n')
    await program.checkStreams(start + 120_000)
    expect(await stream.next()).toBeUndefined()
  })

  test('a ticket opens one, once, until the token is revoked', async () => {
    const answer = await fetch(url('/tickets'), { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } })
    const [setCookie = ''] = answer.headers.getSetCookie()
    expect([answer.status, setCookie]).toEqual([
      204,
      expect.stringMatching(
        /^ticket=[\w-]{32}; Max-Age=30; Path=\/events; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ])
    const cookie = `theme=dark; ${setCookie.slice(0, setCookie.indexOf(';'))}`
    const stream = await fetchEvents({ cookie })
    expect(stream.status).toBe(200)
    program.publish('by ticket')
    expect(await stream.next()).toBe('data: by ticket\n\n')
    await program.checkStreams()
    expect((await fetchEvents({ cookie })).status).toBe(401)
    await become('revoked')
    await program.checkStreams()
    expect(await stream.next()).toBeUndefined()
  })

  test('a ticket needs a valid token', async () => {
    for (const credential of [undefined, UNKNOWN]) {
      const headers: Record<string, string> = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
      const answer = await fetch(url('/tickets'), { method: 'POST', headers })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []])
    }
  })

  test('a ticket lasts half a minute', () => {
    expect(program.redeem(program.issue('Bearer x', 1_000), 30_999)).toBe('Bearer x')
    expect(program.redeem(program.issue('Bearer x', 1_000), 31_000)).toBeUndefined()
  })

  test('two lines stay two, with any ticket', async () => {
    const lines = [`Authorization: Bearer ${TOKEN}`, `Authorization: Bearer ${UNKNOWN}`]
    const cookie = `Cookie: ticket=${program.issue(`Bearer ${TOKEN}`)}`
    const answer = await sendRaw(port, { method: 'GET', path: '/events', lines: [...lines, cookie], body: '' })
    expect(answer.status).toBe(400)
  })
})

describe('sockets', () => {
  test('one is opened with the token beside the protocol, until the token is revoked', async () => {
    const socket = openSocket(['files.v1', `bearer.${TOKEN}`])
    await once(socket, 'open')
    expect(socket.protocol).toBe('files.v1')
    program.publish('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('hello')
    await become('revoked')
    const closed = once(socket, 'close')
    await program.checkStreams()
    const [code, reason] = await closed
    expect([code, String(reason)]).toEqual([1008, 'token no longer valid'])
    await program.verifier.settled()
    expect(program.kept.events.at(-1)).toMatchObject({ kind: 'refused', outcome: 'revoked', clientIp: '127.0.0.1' })
  })

  test('the token is not in the answer, wherever it stands in the offer', async () => {
    const socket = openSocket([`bearer.${TOKEN}`, 'files.v1'])
    const [response] = await once(socket, 'upgrade')
    expect(response.headers['sec-websocket-protocol']).toBe('files.v1')
  })

  test.each([
    ['no token', ['files.v1'], 401],
    ['an unknown token', ['files.v1', `bearer.${UNKNOWN}`], 401],
    ['a malformed one', ['files.v1', 'bearer.acme_pat_%'], 400],
  ])('with %s there is an answer, and no socket', async (_name, protocols, status) => {
    const socket = openSocket(protocols)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(status)
    expect(response.headers).toMatchObject({
      'www-authenticate': expect.stringContaining('Bearer realm="api"'),
      vary: 'Authorization',
      connection: 'close',
    })
  })

  test('a request without an upgrade is refused with that reason', async () => {
    const answer = await fetch(url('/socket'), { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(answer.status).toBe(426)
  })

  test('events have path and client of the upgrade request', async () => {
    const socket = openSocket(['files.v1', `bearer.${TOKEN}`])
    await once(socket, 'open')
    await program.verifier.settled()
    expect(program.kept.events.at(-1)).toMatchObject({
      clientIp: '127.0.0.1',
      request: { method: 'GET', path: '/socket' },
    })
  })
})

test('in Hono the middleware replaces the request, and two lines stay two', async () => {
  const ticket = (headers: Headers) => headers.get('x-ticket') ?? undefined
  const app = new Hono()
    .use(program.withAuthorization(ticket), patAuth(program.verifier))
    .get('/', (c) => c.json(c.var.pat.userId))
  const server = await listen(createAdaptorServer({ fetch: app.fetch }) as Server)
  onTestFinished(server.close)
  const send = (...lines: string[]) => sendRaw(server.port, { method: 'GET', path: '/', lines, body: '' })
  const [good, bad] = [TOKEN, UNKNOWN].map((token) => `Bearer ${token}`)
  expect(await send(`X-Ticket: ${good}`)).toMatchObject({ status: 200, body: '"ada"' })
  expect(await send(`X-Ticket: ${bad}`)).toMatchObject({ status: 401 })
  expect(await send(`Authorization: ${good}`, `Authorization: ${bad}`)).toMatchObject({ status: 400 })
})

describe.skipIf(inject('chromium') === null)('in a browser', () => {
  test('each script receives events, and no address has the token in it', async () => {
    const browser = await chromium.launch({ executablePath: inject('chromium') as string, args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const tab = await browser.newPage()
    const addresses: string[] = []
    tab.on('request', (request) => addresses.push(request.url()))
    tab.on('websocket', (socket) => addresses.push(socket.url()))
    // To a browser, localhost is a place for Secure cookies without TLS.
    await tab.goto(`http://localhost:${port}/`)
    const received = new Set<string>()
    await tab.exposeFunction('receive', (text: string) => void received.add(text))
    await tab.evaluate(SCRIPT)
    await expect
      .poll(() => {
        program.publish('hello')
        return [...received].sort()
      })
      .toEqual(['event-source: hello', 'fetch: hello', 'web-socket: hello'])
    expect(addresses.filter((address) => address.includes(TOKEN))).toEqual([])
    expect(addresses.map((address) => new URL(address).pathname)).toEqual(
      expect.arrayContaining(['/events', '/tickets', '/socket']),
    )
    expect(await tab.evaluate('document.cookie')).toBe('')
  })
})

function url(path: string): string {
  return `http://127.0.0.1:${port}${path}`
}

function openSocket(protocols: readonly string[]): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, [...protocols])
  onTestFinished(() => socket.terminate())
  // One that is refused or terminated reports that as well.
  return socket.on('error', () => {})
}

/** An event stream, whose next event is `undefined` once it has ended. */
async function fetchEvents(headers: Record<string, string>) {
  const aborting = new AbortController()
  onTestFinished(() => aborting.abort())
  const { status, body } = await fetch(url('/events'), { headers, signal: aborting.signal })
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  return { status, next: async () => (await reader?.read())?.value }
}

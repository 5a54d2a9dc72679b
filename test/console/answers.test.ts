import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { serve } from '@hono/node-server'
import { expressConsole, honoConsole, koaConsole } from '@patkit/console'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import mount from 'koa-mount'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PACKAGES } from '../architecture/packages.ts'
import { ROOT } from '../architecture/repository.ts'
import { sendRaw } from '../contract/raw-request.ts'
import { started } from './listening.ts'

const PACKAGE = join(ROOT, 'packages/console')
const run = promisify(execFile)
/** A part of entity scopes. */
const PART = { name: 'a', label: 'A', values: [{ value: 'a', label: 'A' }] }
const MOST_BYTES = 70 * 1024
const OPTIONS = { api: '/api', title: 'Keys <of> Acme', signOutUrl: '/sign-out' }

const SERVERS = {
  Express: () => createServer(express().use('/admin/console', expressConsole(OPTIONS))).listen(0, '127.0.0.1'),
  Koa: () => {
    const app = new Koa().use(mount('/admin/console', koaConsole(OPTIONS)))
    return createServer(app.callback()).listen(0, '127.0.0.1')
  },
  Hono: () => {
    const app = new Hono()
    app.use('/admin/:part/*', honoConsole(OPTIONS))
    return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  },
}

describe.each(Object.entries(SERVERS))('the console in %s', (_, listen) => {
  let server: Awaited<ReturnType<typeof started>>
  beforeAll(async () => {
    server = await started(listen())
  })
  afterAll(() => server?.close())

  const ask = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init })

  test('leads to the mount with a slash at its end, by a relative address', async () => {
    const response = await ask('/admin/console?x=1')
    expect([response.status, response.headers.get('location')]).toEqual([308, './console/'])
  })

  test('serves a page that holds no configuration, under a strict policy', async () => {
    const response = await ask('/admin/console/')
    const page = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page).not.toMatch(/Acme|\/api|<script>|style=|https?:/)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    for (const [, address = ''] of page.matchAll(/(?:src|href)="(assets[^"]+)"/g)) {
      expect((await ask(`/admin/console/${address}`)).status).toBe(200)
    }
  })

  test('serves its configuration as JSON', async () => {
    const response = await ask('/admin/console/config.json')
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.json()).toMatchObject({ api: '/api', title: 'Keys <of> Acme', signOutUrl: '/sign-out' })
  })

  test('answers HEAD without a body, and refuses other methods', async () => {
    const head = await ask('/admin/console/', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const post = await ask('/admin/console/', { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('revalidates assets by their tag', async () => {
    const first = await ask('/admin/console/assets/page.js')
    expect(first.headers.get('cache-control')).toBe('no-cache')
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    const second = await ask('/admin/console/assets/page.js', { headers })
    expect([second.status, await second.text()]).toEqual([304, ''])
  })

  test.each([
    '/admin/console/assets/../index.js',
    '/admin/console/assets/..%2f..%2fpackage.json',
    '/admin/console/assets/%2e%2e/index.js',
    '/admin/console/assets/sources.sha256',
    '/admin/console/assets/',
    '/admin/console/other',
  ])('does not have %s', async (path) => {
    const { port } = new URL(server.url)
    expect((await sendRaw(Number(port), { method: 'GET', path, lines: [], body: '' })).status).toBe(404)
  })
})

test.each([
  [{ api: 'tokens' }, 'api'],
  [{ api: '//evil.example/api' }, 'api'],
  [{ api: 7 }, 'api'],
  [{ api: '/api', title: 7 }, 'title'],
  [{ api: '/api', signInUrl: 'javascript:alert(1)' }, 'signInUrl'],
  [{ api: '/api', color: 'red' }, 'color'],
  [{ api: '/api', columns: ['status'] }, 'columns'],
  [{ api: '/api', columns: ['name', 'name'] }, 'columns'],
  [{ api: '/api', columns: ['name', 'secret'] }, 'columns'],
  [{ api: '/api', statuses: [] }, 'statuses'],
  [{ api: '/api', statuses: ['dead'] }, 'statuses'],
  [{ api: '/api', actions: ['view', 'view'] }, 'actions'],
  [{ api: '/api', principalKind: 'robot' }, 'principalKind'],
  [{ api: '/api', catalogue: { 'tokens.new': 7 } }, 'catalogue[tokens.new]'],
  [{ api: '/api', catalogue: { 'tokens.count': { one: 'a' } } }, 'catalogue[tokens.count]'],
  [{ api: '/api', entityScopes: { parts: [PART] } }, 'entityScopes.parts'],
  [{ api: '/api', entityScopes: { parts: [PART, PART], sentence: '' } }, 'entityScopes.parts'],
  [{ api: '/api', entityScopes: { parts: [PART, { ...PART, name: 'b' }], sentence: '{a}' } }, 'entityScopes.sentence'],
  [{ api: '/api', entityScopes: { parts: [PART], color: 'red' } }, 'entityScopes.color'],
  ...[
    [{ name: 'page' }, '.name'],
    [{ name: 'ids' }, '.name'],
    [{ label: 7 }, '.label'],
    [{ values: [{ value: '*', label: 'All' }] }, '.values'],
    [{ values: undefined }, ''],
    [{ values: undefined, source: '//evil.example/' }, '.source'],
    [{ values: undefined, source: 'https://evil.example/' }, '.source'],
    [{ color: 'red' }, '.color'],
  ].map(([part, member]): [object, string] => [
    { api: '/api', entityScopes: { parts: [PART, { ...PART, name: 'b', ...(part as object) }], sentence: '{a}{b}' } },
    `entityScopes.parts[1]${member}`,
  ]),
])('the options %j are refused by name', (options, name) => {
  for (const build of [expressConsole, koaConsole, honoConsole]) {
    expect(() => build(options as never)).toThrow(`"${name}"`)
  }
})

test('an API of another origin may be connected to', async () => {
  const server = await started(
    createServer(express().use(expressConsole({ api: 'https://api.example/v1' }))).listen(0, '127.0.0.1'),
  )
  const policy = (await fetch(`${server.url}/`)).headers.get('content-security-policy')
  await server.close()
  expect(policy).toContain("connect-src 'self' https://api.example;")
})

test('several programs that start at once build the assets once, and all JavaScript is small', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'patkit-assets-'))
  const folder = join(parent, 'assets')
  const build = () => run(process.execPath, ['--import', 'tsx', 'build/main.ts', folder], { cwd: PACKAGE })
  await Promise.all([build(), build()])
  const names = await readdir(folder)
  const assets = PACKAGES.find((room) => room.folder === 'console')?.assets ?? []
  expect(names.sort()).toEqual([...assets, 'sources.sha256'])
  expect(await readdir(parent)).toEqual(['assets'])
  const scripts = await Promise.all(
    names.filter((name) => name.endsWith('.js')).map((name) => readFile(join(folder, name))),
  )
  const bytes = scripts.map((script) => gzipSync(script, { level: 9 }).length).reduce((sum, size) => sum + size, 0)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
  expect(bytes).toBeGreaterThan(10_000)
  await rm(parent, { recursive: true })
})

import { describe, expect, test, vi } from 'vitest'
import { credentialOf } from '../contract/credentials.ts'
import { sendRaw } from '../contract/raw-request.ts'
import type { Program } from './bundle.ts'
import { onFreePort, programsOf } from './pages.ts'
import { RUNTIMES, type Runtime } from './runtime.ts'

const [BUN_HONO, EXPRESS, KOA] = programsOf('bun.md') as [string, string, string]
const [DENO_HONO] = programsOf('deno.md') as [string]
const [WORKER, WITH_TOKENS] = programsOf('workers.md') as [string, string]
const [bun, deno, workerd] = RUNTIMES as readonly [Runtime, Runtime, Runtime]

const TOKEN = `Authorization: Bearer ${credentialOf('prefixed').token}`
/** A busy machine makes a test slow, not wrong. */
const PATIENCE = { timeout: 60_000, interval: 20 }
const FORWARDED = 'X-Forwarded-For: 203.0.113.9'
const FILES = { './db.ts': "export * from './fixture-db.ts'", './store.ts': "export * from './fixture-store.ts'" }
/** Prints the port, where a program does not. */
const PRINTS_PORT = `import { Server } from 'node:http'
const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  return listen.apply(this, args).on('listening', () => console.log('listening on ' + this.address().port))
}`

const SERVERS = [
  ['Bun', 'Hono', bun, onFreePort(BUN_HONO)],
  ['Bun', 'Express', bun, EXPRESS],
  ['Bun', 'Koa', bun, KOA],
  ['Deno', 'Hono', deno, onFreePort(DENO_HONO)],
  ['Deno', 'Express', deno, EXPRESS],
  ['Deno', 'Koa', deno, KOA],
] as const

describe.each(SERVERS)('%s, %s', (_runtime, framework, { missing, start }, code) => {
  test.skipIf(missing)('the program of the page answers behind a proxy', async () => {
    await using program = await start(framework === 'Hono' ? { code, files: FILES } : onNodeServer(code))
    const status = async (...lines: string[]) => (await get(program.port, lines)).status
    expect({
      valid: await status(TOKEN, FORWARDED),
      missing: await status(FORWARDED),
      twice: await status(TOKEN, TOKEN, FORWARDED),
      another: await status(TOKEN, 'Authorization: Basic YTpi', FORWARDED),
      foreign: await status(TOKEN, 'X-Forwarded-For: 198.51.100.7'),
      forged: await status(TOKEN, 'X-Forwarded-For: 203.0.113.9, 198.51.100.7'),
      direct: await status(TOKEN),
    }).toEqual({ valid: 200, missing: 401, twice: 400, another: 400, foreign: 401, forged: 401, direct: 401 })
  })
})

describe('workerd, Hono', () => {
  test.skipIf(workerd.missing)('the program of the page answers, and writes its audit after the answer', async () => {
    await using program = await workerd.start(
      worker(WORKER, "import { written } from './db.ts'", 'Response.json(written.map((event) => event.outcome))'),
    )
    const status = async (...lines: string[]) => (await get(program.port, lines)).status
    expect(await status(TOKEN, 'CF-Connecting-IP: 203.0.113.9')).toBe(200)
    expect(await status(TOKEN, 'CF-Connecting-IP: 198.51.100.7')).toBe(401)
    expect(await status(TOKEN, TOKEN, 'CF-Connecting-IP: 203.0.113.9')).toBe(400)
    expect(await status(TOKEN, FORWARDED)).toBe(401)
    await vi.waitUntil(
      async () => (await get(program.port, [], '/inside')).body === '["allowed","ip_denied","ip_denied"]',
      PATIENCE,
    )
  })

  test.skipIf(workerd.missing)('the time of last use is written after the answer', async () => {
    await using program = await workerd.start(
      worker(
        WITH_TOKENS,
        "import { issue, lastUsedAt } from './tokens.ts'",
        'new Response(await lastUsedAt() ?? await issue())',
        {
          './tokens.ts': ISSUE,
        },
      ),
    )
    const { body: token } = await get(program.port, [], '/inside')
    expect((await get(program.port, [`Authorization: Bearer ${token}`])).status).toBe(200)
    await vi.waitUntil(async () => !(await get(program.port, [], '/inside')).body.startsWith('acme_pat'), PATIENCE)
  })
})

const ISSUE = `import { tokenFormat } from '@patkit/core'
import { createTokenService } from '@patkit/tokens'
import { store } from './store.ts'
const owner = { organizationId: 'acme', principalId: 'ada' }
const actor = { id: 'ada', scopes: null }
const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
let id = null
export async function issue() {
  await tokens.putPrincipal(actor, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  const { token, secret } = await tokens.create(actor, owner, { name: 'a', scopes: ['drive:read'], expiry: { days: 1 } })
  id = token.id
  return secret.reveal()
}
export async function lastUsedAt() {
  return id === null ? null : (await tokens.get(owner, id)).lastUsedAt?.toISOString() ?? null
}`

/** The program of a page, with one more path that shows its state. */
function worker(code: string, imports: string, inside: string, files: Program['files'] = {}): Program {
  const main = `import page from './page.ts'
${imports}
export default {
  ...page,
  fetch: async (request, env, ctx) =>
    new URL(request.url).pathname === '/inside' ? ${inside} : page.fetch(request, env, ctx),
}`
  return { code: main, files: { ...FILES, ...files, './page.ts': code } }
}

function onNodeServer(code: string): Program {
  const main = "import './prints-port.ts'\nimport './page.ts'"
  return { code: main, files: { ...FILES, './prints-port.ts': PRINTS_PORT, './page.ts': onFreePort(code) } }
}

function get(port: number, lines: readonly string[], path = '/files') {
  return sendRaw(port, { method: 'GET', path, lines, body: '' })
}

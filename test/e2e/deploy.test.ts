import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Served, served } from '../../packages/cli/test/served.ts'
import { type Nginx, startNginx } from '../servers/nginx.ts'
import { freePort } from '../servers/test-server.ts'

const daemon = inject('nginx')
const EXAMPLES = new URL('../../examples/deploy/', import.meta.url)

/** The files of the example, `patkit serve` behind them, and a service that returns the headers that it receives. */
describe.skipIf(daemon === null)('examples/deploy with nginx', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'patkit-deploy-'))
  let nginx: Nginx
  let server: Served
  let service: Server
  let pages: string
  let files: string

  beforeAll(async () => {
    service = createServer((req, res) => res.end(JSON.stringify(req.headers))).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const [pagesPort, filesPort, port] = [await freePort(), await freePort(), await freePort()]
    pages = `http://localhost:${pagesPort}`
    files = `http://127.0.0.1:${filesPort}`
    cpSync(new URL('patkit.json', EXAMPLES), join(cwd, 'patkit.json'))
    const args = ['--host', '127.0.0.1', '--port', String(port), '--public-url', pages]
    server = await served(args, { cwd, clock: Date.now })
    nginx = await startNginx(
      daemon as string,
      readFileSync(new URL('nginx.conf', EXAMPLES), 'utf8')
        .replace('listen 8443', `listen 127.0.0.1:${pagesPort}`)
        .replace('listen 8080', `listen 127.0.0.1:${filesPort}`)
        .replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`)
        .replace('127.0.0.1:5000', `127.0.0.1:${(service.address() as AddressInfo).port}`),
    )
  })

  afterAll(async () => {
    await nginx?.stop()
    await server?.stop()
    service?.close()
    rmSync(cwd, { recursive: true, force: true })
  })

  test('an administrator signs in through nginx, and a token opens the service behind it', async () => {
    const link = readFileSync(join(cwd, 'patkit-first-link.txt'), 'utf8').trim()
    expect(link.startsWith(`${pages}/sign-in#code=`)).toBe(true)
    const person = server.browserAt(pages)
    const code = new URL(link).hash.slice('#code='.length)
    expect((await person.post(`${pages}/sign-in/link`, { code })).status).toBe(200)
    const answer = await person.post(`${pages}/api/tokens`, { name: 'ci', scopes: ['drive:read'] })
    const made = (await answer.json()) as { secret?: string; token?: string }
    const get = (token: string, headers: Record<string, string> = {}) =>
      fetch(`${files}/files/1?key=x`, { headers: { ...headers, authorization: `Bearer ${token}` } })
    const passed = await get(String(made.secret ?? made.token), {
      'x-patkit-scopes': 'all',
      'x-patkit-user-id': 'root',
    })
    expect(passed.status).toBe(200)
    const received = Object.entries((await passed.json()) as object).filter(([name]) => name.startsWith('x-patkit-'))
    expect(received).toEqual([['x-patkit-principal-id', 'admin']])
    const refused = await get('acme_pat_unknown')
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ])
  })

  test('the pages do not decide about tokens', async () => {
    for (const path of ['/authorize', '/authorize?scope=drive:read', '/authorize/x']) {
      expect((await fetch(`${pages}${path}`)).status).toBe(404)
    }
    expect((await fetch(`${files}/_patkit`)).status).toBe(404)
    expect((await fetch(`${pages}/readyz`)).status).toBe(200)
  })

  test('answers 503 while patkit is away', async () => {
    await server.stop()
    const answer = await fetch(`${files}/files/1`, { headers: { authorization: 'Bearer acme_pat_unknown' } })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })
})

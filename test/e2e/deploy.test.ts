import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, get as requestOnce, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCaddy } from '../servers/caddy.ts'
import { startNginx } from '../servers/nginx.ts'
import type { ReverseProxy } from '../servers/reverse-proxy.ts'
import { freePort } from '../servers/test-server.ts'
import { type Administrator, type Deployed, EXAMPLES, startDeployed } from './deployed.ts'

const PROXIES = [
  {
    ...{ name: 'nginx', daemon: inject('programs').nginx, start: startNginx, file: 'nginx.conf' },
    sites: (pages: number, files: number) => [
      ['listen 8443', `listen 127.0.0.1:${pages}`],
      ['listen 8080', `listen 127.0.0.1:${files}`],
    ],
  },
  {
    ...{ name: 'Caddy', daemon: inject('programs').caddy, start: startCaddy, file: 'Caddyfile' },
    sites: (pages: number, files: number) => [
      ['\npat.example.com {', `\nhttp://localhost:${pages} {`],
      ['\nfiles.example.com {', `\nhttp://127.0.0.1:${files} {`],
    ],
  },
]

/** The files of the example, `patkit serve` behind them, and a service that returns the headers that it receives. */
for (const { name, daemon, start, file, sites } of PROXIES) {
  describe.skipIf(daemon === null)(`examples/deploy with ${name}`, () => {
    let proxy: ReverseProxy
    let deployed: Deployed
    let service: Server
    let pages: string
    let files: string
    let admin: Administrator

    beforeAll(async () => {
      service = createServer((req, res) => res.end(JSON.stringify(req.headers))).listen(0, '127.0.0.1')
      await once(service, 'listening')
      const [pagesPort, filesPort, port] = [await freePort(), await freePort(), await freePort()]
      pages = `http://localhost:${pagesPort}`
      files = `http://127.0.0.1:${filesPort}`
      deployed = await startDeployed(pages, port)
      const changes = [
        ...sites(pagesPort, filesPort),
        ['127.0.0.1:4000', `127.0.0.1:${port}`],
        ['127.0.0.1:5000', `127.0.0.1:${(service.address() as AddressInfo).port}`],
      ]
      const written = readFileSync(new URL(file, EXAMPLES), 'utf8')
      const configuration = changes.reduce((text, [from = '', to = '']) => text.replaceAll(from, to), written)
      proxy = await start(daemon as string, configuration)
      admin = await deployed.signIn()
    })

    afterAll(async () => {
      await proxy?.stop()
      await deployed?.remove()
      service?.close()
    })

    const get = (secret: string | null, headers: Record<string, string> = {}, method = 'GET') =>
      fetch(`${files}/files/1?key=x`, {
        method,
        headers: { ...headers, ...(secret !== null && { authorization: `Bearer ${secret}` }) },
      })

    test('the sign-in page and the session of an administrator work', async () => {
      const page = await admin.browser.get(`${pages}/sign-in`)
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1>Sign in</h1>')])
      expect(await (await admin.browser.get(`${pages}/sign-in/state`)).json()).toMatchObject({ signed_in_as: 'admin' })
      expect((await admin.browser.get(`${pages}/console/`)).status).toBe(200)
    })

    test('a token opens the service, which gets the owner from patkit and not from the client', async () => {
      const { secret } = await admin.makeToken('drive:read')
      const forged = ['user-id', 'token-id', 'principal-id', 'organization-id', 'scopes']
      const passed = await get(secret, Object.fromEntries(forged.map((each) => [`x-patkit-${each}`, 'root'])))
      expect(passed.status).toBe(200)
      expect(namesOf(await passed.json())).toEqual([['x-patkit-principal-id', 'admin']])
      const underscored = await get(secret, { x_patkit_user_id: 'root' })
      expect(namesOf(await underscored.json())).toEqual([['x-patkit-principal-id', 'admin']])
    })

    test('no client takes headers of patkit away', async () => {
      const { secret } = await admin.makeToken('drive:read')
      for (const named of ['close, X-Patkit-Principal-Id', 'x-patkit-principal-id']) {
        const headers = { authorization: `Bearer ${secret}`, connection: named }
        const [answer] = (await once(requestOnce(`${files}/files/1`, { headers }), 'response')) as [IncomingMessage]
        const body = await text(answer)
        if (answer.statusCode !== 400) expect(namesOf(JSON.parse(body))).toEqual([['x-patkit-principal-id', 'admin']])
      }
    })

    test('clients get the challenge of a 401 and of a 403', async () => {
      const said = ({ status, headers }: Response) => [status, headers.get('www-authenticate')]
      expect(said(await get(null))).toEqual([401, 'Bearer realm="api"'])
      expect(said(await get('acme_pat_unknown'))).toEqual([401, expect.stringContaining('error="invalid_token"')])
      const { secret } = await admin.makeToken('drive:write')
      expect(said(await get(secret))).toEqual([403, expect.stringContaining('scope="drive:read"')])
    })

    test('the audit log has the request of the client, and the address that the proxy sees', async () => {
      const { id, secret } = await admin.makeToken('drive:read')
      const claim = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-uri': '/other', 'x-forwarded-method': 'PUT' }
      expect((await get(secret, claim, 'DELETE')).status).toBe(200)
      expect(await admin.usesOf(id)).toMatchObject([
        { client_ip: '127.0.0.1', request: { method: 'DELETE', path: '/files/1' } },
      ])
    })

    test('the pages do not decide about tokens', async () => {
      for (const path of ['/authorize', '/authorize?scope=drive:read', '/authorize/x', '/%61uthorize']) {
        expect((await fetch(`${pages}${path}`)).status).toBe(404)
      }
      expect((await fetch(`${files}/_patkit`)).status).not.toBe(200)
      expect((await fetch(`${pages}/readyz`)).status).toBe(200)
    })

    test('answers 503 while patkit is away', async () => {
      await deployed.server.stop()
      const answer = await get('acme_pat_unknown')
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    })
  })
}

/** The headers of patkit that a service reads; an empty one is absent. CGI reads an underscore as a hyphen. */
function namesOf(received: unknown): (readonly [name: string, value: string])[] {
  return Object.entries(received as Record<string, string>)
    .map(([name, value]) => [name.replaceAll('_', '-'), value] as const)
    .filter(([name, value]) => name.startsWith('x-patkit-') && value !== '')
}

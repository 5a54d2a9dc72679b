import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, get as requestOnce, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createForwardAuth, expressApi } from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore, type TokenService } from '@patkit/tokens'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCaddy } from '../servers/caddy.ts'
import { startNginx } from '../servers/nginx.ts'
import type { ReverseProxy } from '../servers/reverse-proxy.ts'
import { freePort } from '../servers/test-server.ts'

const PAGE = readFileSync(new URL('../../docs/guides/forward-auth.md', import.meta.url), 'utf8')
const blockOf = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE)?.[1] ?? ''
/** A location that does not say which scope it requires. */
const FORGETFUL = 'location /unset/ { auth_request /_patkit; proxy_pass http://127.0.0.1:4000; }\n  '

const PROXIES = [
  {
    ...{ name: 'nginx auth_request', daemon: inject('programs').nginx, start: startNginx },
    original: { method: 'x-original-method', uri: 'x-original-uri' },
    configuration: (port: number, socket: string) =>
      blockOf('nginx')
        .replace('listen 8080', `listen 127.0.0.1:${port}`)
        .replace('http://127.0.0.1:3000', `http://unix:${socket}:`)
        .replace('location = /_patkit', `${FORGETFUL}$&`),
    forgetful: { status: 500, log: 'auth request unexpected status: 400' },
  },
  {
    ...{ name: 'Caddy forward_auth', daemon: inject('programs').caddy, start: startCaddy },
    original: { method: 'x-forwarded-method', uri: 'x-forwarded-uri' },
    configuration: (port: number, socket: string) => {
      const site = blockOf('caddyfile').replace(':8080', `http://127.0.0.1:${port}`)
      return site.replace('127.0.0.1:3000', `unix/${socket}`).replace(/\troute[\s\S]*?^\t\}\n/m, withoutScope)
    },
    forgetful: { status: 400, log: '' },
  },
]
const ACTOR = { id: 'root', scopes: null }
const ADA = { organizationId: 'acme', principalId: 'ada' }

/** The configuration of the guide, in front of a program that decides and a program that says what it was sent. */
for (const { name, daemon, start, original, configuration, forgetful } of PROXIES) {
  describe.skipIf(daemon === null)(name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'patkit-forward-'))
    const socket = join(folder, 'auth.sock')
    const servers: Server[] = []
    let isDown = false
    let tokens: TokenService
    let proxy: ReverseProxy
    let url: string

    beforeAll(async () => {
      const store = memoryStore()
      tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
      await tokens.putPrincipal(ACTOR, { ...ADA, kind: 'user', disabledAt: null, ceiling: null })
      const { resolveMany, ...rest } = tokens.verifierOptions
      const verifier = createVerifier({
        ...rest,
        async resolveMany(digests, context) {
          if (isDown) throw new Error('no database')
          return resolveMany(digests, context)
        },
        onError: () => {},
        // Only the proxy connects through the socket, so that the client's address can come from nowhere else.
        trustedProxies: ['unix'],
        audit: { mode: 'required', sink: store.audit },
      })
      const forward = expressApi(createForwardAuth({ verifier, original }))
      const decides = await listening((req, res) => forward(req, res, () => res.writeHead(404).end()), socket)
      const answers = await listening((req, res) => res.end(JSON.stringify(req.headers)))
      servers.push(decides, answers)
      const port = await freePort()
      url = `http://127.0.0.1:${port}`
      const { port: answering } = answers.address() as AddressInfo
      proxy = await start(
        daemon as string,
        configuration(port, socket).replaceAll('127.0.0.1:4000', `127.0.0.1:${answering}`),
      )
    })

    afterAll(async () => {
      await proxy?.stop()
      for (const server of servers) server.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const make = (input: object = {}) =>
      tokens.create(ACTOR, ADA, { name: 'a', scopes: ['drive:read'], userId: 'ada', ...input })
    const get = (token: string | null, headers: Record<string, string> = {}, path = '/files/1?key=x') =>
      fetch(`${url}${path}`, { headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }) } })
    const said = ({ status, headers }: Response) => [status, headers.get('www-authenticate')]

    test('lets a valid token pass, and names its owner even if the client sends another one', async () => {
      const { secret } = await make()
      const forged = ['user-id', 'token-id', 'principal-id', 'organization-id', 'scopes']
      const answer = await get(secret.reveal(), Object.fromEntries(forged.map((name) => [`x-patkit-${name}`, 'root'])))
      expect(answer.status).toBe(200)
      expect(answer.headers.has('www-authenticate')).toBe(false)
      const passedOn = Object.entries((await answer.json()) as object).filter(([name]) => name.startsWith('x-patkit-'))
      expect(passedOn).toEqual([['x-patkit-user-id', 'ada']])
      const ownerless = await make({ userId: null })
      const forgery = await (await get(ownerless.secret.reveal(), { 'x-patkit-user-id': 'root' })).json()
      expect((forgery as Record<string, string>)['x-patkit-user-id'] ?? '').toBe('')
    })

    test('lets no client take the name of the owner away', async () => {
      const { secret } = await make()
      const headers = { authorization: `Bearer ${secret.reveal()}`, connection: 'close, X-Patkit-User-Id' }
      const [answer] = (await once(requestOnce(`${url}/files/1`, { headers }), 'response')) as [IncomingMessage]
      const body = await text(answer)
      if (answer.statusCode !== 400) expect(JSON.parse(body)['x-patkit-user-id']).toBe('ada')
    })

    test('passes the challenge on where a token is missing, malformed, revoked, or lacks the scope', async () => {
      expect(said(await get(null))).toEqual([401, 'Bearer realm="api"'])
      expect(said(await get('a, Bearer b'))).toMatchObject([401, expect.stringContaining('error="invalid_request"')])
      const { token, secret } = await make()
      expect((await get(secret.reveal())).status).toBe(200)
      await tokens.revoke(ACTOR, ADA, token.id)
      expect(said(await get(secret.reveal()))).toMatchObject([401, expect.stringContaining('error="invalid_token"')])
      const poor = await make({ scopes: ['mail:read'] })
      expect(said(await get(poor.secret.reveal()))).toMatchObject([403, expect.stringContaining('scope="drive:read"')])
    })

    test('judges the address that the proxy sees, and not the one that a client claims', async () => {
      const here = await make({ ipAllowlist: ['127.0.0.1'] })
      const away = await make({ ipAllowlist: ['203.0.113.0/24'] })
      const claim = { 'x-forwarded-for': '203.0.113.9' }
      expect((await get(here.secret.reveal(), claim)).status).toBe(200)
      expect(said(await get(away.secret.reveal(), claim))).toMatchObject([
        401,
        expect.stringContaining('invalid_token'),
      ])
    })

    test('has on record what the client asked the proxy for', async () => {
      const { token, secret } = await make()
      await fetch(`${url}/files/7?key=x`, { method: 'DELETE', headers: { authorization: `Bearer ${secret.reveal()}` } })
      const { items } = await tokens.audit.list(null, { tokenId: token.id, outcome: 'allowed' })
      expect(items).toMatchObject([{ clientIp: '127.0.0.1', request: { method: 'DELETE', path: '/files/7' } }])
    })

    test('answers 503 while no decision is possible', async () => {
      const { secret } = await make()
      isDown = true
      const answer = await get(secret.reveal())
      isDown = false
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect((await get(secret.reveal())).status).toBe(200)
    })

    test('refuses every request if the configuration lacks the requirement', async () => {
      const { secret } = await make()
      expect((await get(secret.reveal(), {}, '/unset/')).status).toBe(forgetful.status)
      expect(proxy.log()).toContain(forgetful.log)
    })

    test('keeps clients from where it asks', async () => {
      const answer = await get((await make()).secret.reveal(), {}, '/_patkit')
      expect(answer.headers.get('x-patkit-token-id')).toBe(null)
    })
  })
}

/** Adds a copy of a Caddy route at /unset/ that does not say which scope it requires. */
function withoutScope(route: string): string {
  return route + route.replace('/files/*', '/unset/*').replace('?scope=drive:read', '?scope=')
}

async function listening(listener: RequestListener, path?: string): Promise<Server> {
  const server =
    path === undefined ? createServer(listener).listen(0, '127.0.0.1') : createServer(listener).listen(path)
  await once(server, 'listening')
  return server
}

import { readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../servers/test-server.ts'
import { type Administrator, type Deployed, EXAMPLES, example, startDeployed } from './deployed.ts'

const CLIENT = '203.0.113.9'
/** What Envoy writes beside the client: the address of its own node, which is not the one from which it connects. */
const ENVOY = '10.0.0.7'
const PATKIT = 'http://127.0.0.1:4000'
const HEADERS = ['organization-id', 'principal-id', 'scopes', 'token-id', 'user-id'].map((name) => `x-patkit-${name}`)
const CONFIGURATION = example()

interface Traefik {
  readonly http: {
    readonly routers: Readonly<Record<'patkit' | 'files', { readonly rule: string }>>
    readonly middlewares: {
      readonly 'drive-read': {
        readonly forwardAuth: Readonly<Record<string, unknown>> & {
          readonly address: string
          readonly authResponseHeaders: readonly string[]
        }
      }
    }
    readonly services: {
      readonly patkit: { readonly loadBalancer: { readonly servers: readonly { readonly url: string }[] } }
    }
  }
}

interface Patterns {
  readonly patterns: readonly { readonly exact?: string; readonly prefix?: string }[]
}

interface Envoy {
  readonly failure_mode_allow: boolean
  readonly allowed_headers: Patterns
  readonly http_service: {
    readonly server_uri: { readonly uri: string }
    readonly path_prefix: string
    readonly authorization_response: { readonly allowed_upstream_headers: Patterns }
  }
}

const traefik: Traefik = parse(readFileSync(new URL('traefik.yaml', EXAMPLES), 'utf8'))
const [{ typed_config: envoy }]: [{ typed_config: Envoy }] = parse(
  readFileSync(new URL('envoy.yaml', EXAMPLES), 'utf8'),
)

let deployed: Deployed
let admin: Administrator
let port: number

beforeAll(async () => {
  port = await freePort()
  deployed = await startDeployed(`http://localhost:${port}`, port, [...CONFIGURATION.trustedProxies, ENVOY])
  admin = await deployed.signIn()
})
afterAll(() => deployed?.remove())

/** Sends a request of a proxy as it stands. */
async function send(method: string, path: string, headers: Record<string, string>) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path, headers }, resolve).once('error', reject).end()
  })
  await text(answer)
  return answer
}

const said = ({ statusCode, headers }: IncomingMessage) => [statusCode, headers['www-authenticate']]

/** A GET of its own, with the headers of the client and the client's request in X-Forwarded-*. */
describe('the request of Traefik', () => {
  const { forwardAuth } = traefik.http.middlewares['drive-read']

  function ask(secret: string | null) {
    const { pathname, search } = new URL(forwardAuth.address)
    return send('GET', `${pathname}${search}`, {
      Host: '127.0.0.1:4000',
      ...(secret !== null && { Authorization: `Bearer ${secret}` }),
      Cookie: 'theme=dark',
      'X-Patkit-User-Id': 'root',
      'X-Forwarded-For': CLIENT,
      'X-Forwarded-Method': 'DELETE',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'files.example.com',
      'X-Forwarded-Uri': '/files/1?key=x',
    })
  }

  test('is allowed with all headers that traefik.yaml copies', async () => {
    const { id, secret } = await admin.makeToken('drive:read')
    const answer = await ask(secret)
    expect(answer.statusCode).toBe(200)
    expect(forwardAuth.authResponseHeaders.map((name) => name.toLowerCase()).sort()).toEqual(HEADERS)
    expect(
      Object.keys(answer.headers)
        .filter((name) => name.startsWith('x-patkit-'))
        .sort(),
    ).toEqual(HEADERS)
    expect(answer.headers).toMatchObject({ 'x-patkit-principal-id': 'admin', 'x-patkit-user-id': '' })
    expect(await admin.usesOf(id)).toMatchObject([
      { client_ip: CLIENT, request: { method: 'DELETE', path: '/files/1' } },
    ])
  })

  test('is denied with the challenge', async () => {
    expect(said(await ask(null))).toEqual([401, 'Bearer realm="api"'])
    const { secret } = await admin.makeToken('drive:write')
    expect(said(await ask(secret))).toEqual([403, expect.stringContaining('scope="drive:read"')])
  })

  test('is not that of a client: traefik.yaml keeps clients away from the decision', () => {
    const { routers, services } = traefik.http
    expect(routers.patkit.rule).toContain('!PathPrefix(`/authorize`)')
    expect(services.patkit.loadBalancer.servers).toEqual([{ url: PATKIT }])
    expect(new URL(forwardAuth.address).origin).toBe(PATKIT)
    expect(forwardAuth).not.toHaveProperty('trustForwardHeader')
  })
})

/** The method, path and query of the client behind the prefix, no body, and only the listed headers. */
describe('the request of Envoy', () => {
  const { allowed_headers, http_service } = envoy
  const allowed = allowed_headers.patterns.map(({ exact }) => exact)

  function ask(secret: string | null, target: string, method = 'DELETE') {
    const client: Record<string, string> = {
      'x-forwarded-for': CLIENT,
      'x-request-id': 'a1',
      'user-agent': 'curl',
      'x-forwarded-uri': '/other',
      'x-patkit-user-id': 'root',
    }
    const sent = Object.fromEntries(Object.entries(client).filter(([name]) => allowed.includes(name)))
    return send(method, `${http_service.path_prefix}${target}`, {
      ...sent,
      host: 'files.example.com',
      ...(secret !== null && { authorization: `Bearer ${secret}` }),
      'content-length': '0',
      'x-forwarded-for': `${CLIENT},${ENVOY}`,
      'x-envoy-internal': 'true',
      'x-envoy-expected-rq-timeout-ms': '2000',
    })
  }

  test('is allowed with headers that envoy.yaml copies', async () => {
    const { id, secret } = await admin.makeToken('drive:read')
    const answer = await ask(secret, '/files/1?scope=drive:write&key=x')
    expect(answer.statusCode).toBe(200)
    const [{ prefix = '' } = {}] = http_service.authorization_response.allowed_upstream_headers.patterns
    expect(
      Object.keys(answer.headers)
        .filter((name) => name.startsWith(prefix))
        .sort(),
    ).toEqual(HEADERS)
    expect(await admin.usesOf(id)).toMatchObject([
      { client_ip: CLIENT, request: { id: 'a1', method: 'DELETE', path: '/files/1', user_agent: 'curl' } },
    ])
  })

  test('is denied with the challenge; the query of the client chooses no scope', async () => {
    expect(said(await ask(null, '/files/1'))).toEqual([401, 'Bearer realm="api"'])
    const { secret } = await admin.makeToken('drive:write')
    const answer = await ask(secret, '/files/1?scope=drive:write', 'POST')
    expect(said(answer)).toEqual([403, expect.stringContaining('scope="drive:read"')])
  })

  test('does not leave the prefix by dot segments', async () => {
    const { secret } = await admin.makeToken('drive:write')
    for (const target of ['/../?scope=drive:write', '/..?scope=drive:write', '/%2e%2e?scope=drive:write']) {
      expect((await ask(secret, target)).statusCode).not.toBe(200)
    }
  })

  test('has a path of patkit.json, and no header that could replace the request', () => {
    const { original, forwardAuth } = CONFIGURATION.serve
    expect(http_service.server_uri.uri).toBe(PATKIT)
    expect(forwardAuth[http_service.path_prefix]).toEqual(['drive:read'])
    expect(allowed).toContain('x-forwarded-for')
    expect(allowed).not.toContain(original.method)
    expect(allowed).not.toContain(original.uri)
    expect(envoy.failure_mode_allow).toBe(false)
  })
})

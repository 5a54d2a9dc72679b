import { createForwardAuth, type ForwardAuthOptions } from '@patkit/api'
import { type AuditEvent, createVerifier, importedFormat, type TokenRecord } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import { expect, test } from 'vitest'

const RECORD: TokenRecord = {
  id: 'token-1',
  digest: '',
  scopes: ['drive:read', 'drive:list'],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: null,
}
const NAMES = ['token-id', 'principal-id', 'organization-id', 'user-id', 'scopes']

function createHarness(options: Partial<ForwardAuthOptions<TokenRecord>> = {}, record: Partial<TokenRecord> = {}) {
  const events: AuditEvent[] = []
  const verifier = createVerifier<TokenRecord>({
    format: importedFormat({ name: 'test', maxLength: 10, accepts: (token) => token !== 'foreign' }),
    trustedProxies: ['10.0.0.0/8'],
    audit: (event) => events.push(event),
    onError: () => {},
    resolve(digest) {
      if (record.id === 'outage') throw new Error('no database')
      return { ...RECORD, ...record, digest }
    },
  })
  const forward = createForwardAuth({ verifier, ...options })
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    forward.handle(
      new Request(`http://auth${path}`, { method, headers: { authorization: 'Bearer good', ...headers } }),
      {
        peer: '10.0.0.1',
      },
    )
  return { events, ask }
}

const told = (response: Response | null) => NAMES.map((name) => response?.headers.get(`x-patkit-${name}`))

test('headers name the owner, and absent values are empty headers', async () => {
  const record = { principalId: 'ada', organizationId: 'acme', userId: 'bob' }
  const answer = await createHarness({}, record).ask('/authorize')
  expect(answer?.status).toBe(200)
  expect(told(answer)).toEqual(['token-1', 'ada', 'acme', 'bob', 'drive:read drive:list'])
  expect(answer?.headers.get('cache-control')).toBe('no-store')
  expect(told(await createHarness().ask('/authorize'))).toEqual(['token-1', '', '', '', 'drive:read drive:list'])
})

test('ids become text that a header can hold', async () => {
  const answer = await createHarness({}, { userId: 'ada, X-Admin: 1', principalId: '100% é' }).ask('/authorize')
  expect(told(answer).slice(1, 4)).toEqual(['100%25%20%C3%A9', '', 'ada,%20X-Admin:%201'])
  expect((await createHarness({}, { userId: 'a\r\nX-Admin: 1' }).ask('/authorize'))?.status).toBe(503)
})

test('scopes are those that the ceiling leaves', async () => {
  const ceiling = { ceiling: ['drive:*', 'mail:read'] }
  expect(told(await createHarness({}, ceiling).ask('/authorize'))[4]).toBe('')
  expect(told(await createHarness({ wildcards: true }, ceiling).ask('/authorize'))[4]).toBe('drive:read drive:list')
})

test.each([
  ['/authorize?scope=drive:read', 200],
  ['/authorize?scope=drive:read&scope=drive:list', 200],
  ['/authorize?scope=drive:read+drive:list', 200],
  ['/authorize?scope=drive:read&scope=mail:read', 403],
  ['/authorize?scope=drive:read+mail:read', 403],
  ['/authorize?scope=drive:*', 403],
  ['/authorize?scope=', 400],
  ['/authorize?scope=a::b', 400],
  ['/authorize?scopes=drive:read', 400],
  ['/authorize?scope=drive:read&uri=/', 400],
])('%s is answered %i', async (path, status) => {
  expect((await createHarness().ask(path))?.status).toBe(status)
})

test('the requirement of the program replaces that of the request', async () => {
  const fixed = (scopes: string[]) => createHarness({ scopes }).ask('/authorize/files?scope=mail:read&page=2')
  expect((await fixed([]))?.status).toBe(200)
  expect((await fixed(['drive:read']))?.status).toBe(200)
  expect((await fixed(['mail:read']))?.status).toBe(403)
})

test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
  '%s is a method',
  async (method) => {
    expect((await createHarness().ask('/authorize/files/1', {}, method))?.status).toBe(200)
    expect((await createHarness().ask('/authorize/files/1', { authorization: '' }, method))?.status).toBe(401)
  },
)

test.each(['/', '/authorized', '/authorize-not', '/other/authorize', '/authorize/../files'])(
  '%s is that of another token',
  async (path) => {
    expect(await createHarness().ask(path)).toBeNull()
  },
)

test.each([
  ['no token', 'Basic YTpi', 401, 'Bearer realm="api"', 'missing_token'],
  ['a foreign token', 'Bearer foreign', 401, 'Bearer realm="api", error="invalid_token"', 'invalid_token'],
  ['two tokens', 'Bearer a, Bearer b', 401, 'Bearer realm="api", error="invalid_request"', 'invalid_request'],
])('%s is a denial that proxies understand', async (_, authorization, status, challenge, code) => {
  const answer = await createHarness().ask('/authorize', { authorization, 'x-request-id': 'r1' })
  expect(answer?.status).toBe(status)
  expect(answer?.headers.get('www-authenticate')?.startsWith(challenge)).toBe(true)
  expect(await answer?.json()).toMatchObject({ status, code, title: 'Unauthorized', request_id: 'r1' })
})

test('a scope that is missing is named', async () => {
  const answer = await createHarness().ask('/authorize?scope=mail:read')
  expect(answer?.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
  expect(answer?.headers.get('www-authenticate')).toContain('scope="mail:read"')
})

test('an outage is neither a denial nor leave', async () => {
  const answer = await createHarness({}, { id: 'outage' }).ask('/authorize')
  expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '1'])
})

test('addresses are those that the proxy tells', async () => {
  const { ask, events } = createHarness({}, { ipAllowlist: ['203.0.113.9'] })
  expect((await ask('/authorize', { 'x-forwarded-for': '203.0.113.9' }))?.status).toBe(200)
  expect((await ask('/authorize', { 'x-forwarded-for': '203.0.113.9, 203.0.113.10' }))?.status).toBe(401)
  expect(events.map(({ clientIp }) => clientIp)).toEqual(['203.0.113.9', '203.0.113.10'])
})

test('the audit has the request that the proxy asks about, without its query', async () => {
  const { ask, events } = createHarness({ original: { method: 'x-original-method', uri: 'x-original-uri' } })
  await ask('/authorize', { 'x-original-method': 'DELETE', 'x-original-uri': '/files/1?key=secret' })
  const below = createHarness({ scopes: [] })
  await below.ask('/authorize/files/2?key=secret', {}, 'PUT')
  const plain = createHarness()
  await plain.ask('/authorize', { 'x-original-uri': '/forged' })
  const requests = [events, below.events, plain.events].map(([event]) => event?.request)
  expect(requests).toMatchObject([
    { method: 'DELETE', path: '/files/1' },
    { method: 'PUT', path: '/files/2' },
    { method: 'GET', path: '/authorize' },
  ])
})

test.each([
  ['verifier', { verifier: {} }],
  ['path', { path: 'authorize' }],
  ['path', { path: '/' }],
  ['scopes', { scopes: ['drive:*'] }],
  ['scopes', { scopes: 'drive:read' }],
  ['original', { original: { method: 'a b', uri: 'x' } }],
  ['scope', { scope: 'drive:read' }],
])('a wrong %s is a TypeError that names it', (name, options) => {
  const build = () => createForwardAuth({ verifier: actingAs({}), ...options } as never)
  expect(build).toThrow(new RegExp(`^patkit option "${name}"`))
})

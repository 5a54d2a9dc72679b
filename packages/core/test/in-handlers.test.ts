import { AccessDenied, type TokenRecord } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import { describe, expect, test } from 'vitest'
import { adapter, bearing, createApi, NOON, type Request, recordOf } from './api.ts'

const { assertScope, hasScope, patAuth, patOf, requireScope, verifyAgain } = adapter

async function arrived(members: Partial<TokenRecord> = {}, options = {}) {
  const api = createApi({ trustedProxies: ['10.0.0.0/8'], ...options })
  const token = api.issue(members)
  const request: Request = bearing(token, '192.0.2.7')
  await patAuth(api.verifier)(request)
  return { api, token, request }
}

describe('patOf', () => {
  test('is the record of the grant, even if the request has another one', async () => {
    const { request } = await arrived({ userId: 'ada' })
    Object.assign(request, { pat: { userId: 'eve' } })
    expect(patOf(request).userId).toBe('ada')
  })

  test('is null without a grant, and throws without patAuth', async () => {
    const api = createApi({ resolve: () => new Promise(() => {}) })
    const anonymous: Request = { rawHeaders: [] }
    await patAuth(api.verifier, { optional: true })(anonymous)
    expect(patOf(anonymous)).toBeNull()
    const pending = bearing(api.issue())
    void patAuth(api.verifier)(pending)
    expect(patOf(pending)).toBeNull()
    expect(() => patOf({ rawHeaders: [] })).toThrow(/patAuth must come before/)
  })
})

describe('hasScope', () => {
  test("has the guards' answer, and emits nothing", async () => {
    const { api, request } = await arrived({
      scopes: ['a', 'b', 'channels:7:publish'],
      ceiling: ['a', 'channels:7:publish'],
    })
    expect(hasScope(request, 'a')).toBe(true)
    expect(hasScope(request, 'b')).toBe(false)
    expect(hasScope(request, 'a', 'b')).toBe(false)
    expect(hasScope(request, ['channels', '7', 'publish'])).toBe(true)
    expect(hasScope(request, ['channels', '7:publish'])).toBe(false)
    expect(hasScope(request, ['channels', '*', 'publish'])).toBe(false)
    expect(api.events.map(({ kind }) => kind)).toEqual(['use'])
  })

  test('is false without a grant, and throws without patAuth', async () => {
    const api = createApi()
    const anonymous: Request = { rawHeaders: [] }
    await patAuth(api.verifier, { optional: true })(anonymous)
    expect(hasScope(anonymous, 'a')).toBe(false)
    expect(() => hasScope({ rawHeaders: [] }, 'a')).toThrow(/patAuth must come before .* same copy of @patkit\/core/)
    expect(() => (hasScope as (request: Request) => boolean)(anonymous)).toThrow(TypeError)
  })

  test('is false while the decision is still waited for', async () => {
    const api = createApi({ resolve: () => new Promise(() => {}) })
    const request = bearing(api.issue())
    void patAuth(api.verifier)(request)
    expect(hasScope(request, 'drive:read')).toBe(false)
  })
})

describe('assertScope', () => {
  test('goes on where the scope is held', async () => {
    const { api, request } = await arrived()
    await assertScope(request, 'drive:read')
    expect(api.events).toHaveLength(1)
  })

  test("throws the guards' answer and emits their event where it is not", async () => {
    const { api, request } = await arrived()
    const guarded = await requireScope('admin')(request)
    const thrown: unknown = await assertScope(request, 'admin').catch((error) => error)
    expect(thrown).toBeInstanceOf(AccessDenied)
    const denied = thrown as AccessDenied
    expect(denied.challenge).toEqual((guarded as { readonly challenge: unknown }).challenge)
    expect([denied.status, denied.headers['WWW-Authenticate']]).toEqual([403, expect.stringContaining('scope="admin"')])
    const response = denied.getResponse()
    expect([response.status, await response.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'insufficient_scope' }),
    ])
    const [, byGuard, byAssertion] = api.events
    expect(byAssertion).toEqual({ ...byGuard, id: expect.any(String) })
  })
})

describe('verifyAgain', () => {
  const revoked = { revokedAt: new Date(NOON) }

  test('emits nothing while the token is good', async () => {
    const { api, request } = await arrived({ ipAllowlist: ['192.0.2.7'] })
    expect(await verifyAgain(request)).toBe('allowed')
    // From memory or not, and from the address of the first time.
    await api.verifier.invalidate({ kind: 'all' })
    Object.assign(request, { peer: '203.0.113.9' })
    expect(await verifyAgain(request)).toBe('allowed')
    expect(api.events).toHaveLength(1)
  })

  test('refuses a token that was revoked meanwhile, once for each time, and so do guards after it', async () => {
    const { api, token, request } = await arrived()
    api.table.set(token.digest, recordOf(token, revoked))
    expect(await verifyAgain(request)).toBe('allowed')
    await api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: null })
    expect(await verifyAgain(request)).toBe('denied')
    expect(hasScope(request, 'drive:read')).toBe(false)
    expect(api.events.map(({ kind, outcome, clientIp }) => [kind, outcome, clientIp])).toEqual([
      ['use', 'allowed', '192.0.2.7'],
      ['refused', 'revoked', '192.0.2.7'],
    ])
    expect(await verifyAgain(request)).toBe('denied')
    expect(api.events).toHaveLength(2)
  })

  test('goes by the scopes and the ceiling of now', async () => {
    const { api, token, request } = await arrived()
    api.table.set(token.digest, recordOf(token, { ceiling: [] }))
    await api.verifier.invalidate({ kind: 'all' })
    expect([await verifyAgain(request), hasScope(request, 'drive:read')]).toEqual(['allowed', false])
  })

  test('says when nothing can be found out, and changes nothing then', async () => {
    const { api, request } = await arrived()
    await api.verifier.invalidate({ kind: 'all' })
    const found = api.table.get.bind(api.table)
    api.table.get = () => expect.fail('database away')
    expect([await verifyAgain(request), hasScope(request, 'drive:read')]).toEqual(['unavailable', true])
    api.table.get = found
    expect(await verifyAgain(request)).toBe('allowed')
    expect(api.events.map(({ outcome }) => outcome)).toEqual(['allowed', 'unavailable'])
  })

  test('refuses another token in the place of the first, and none', async () => {
    const { api, request } = await arrived()
    const other = bearing(api.issue({ id: 'tok_2' }))
    Object.assign(request, { rawHeaders: other.rawHeaders })
    expect(await verifyAgain(request)).toBe('denied')
    const { request: emptied } = await arrived()
    Object.assign(emptied, { rawHeaders: [] })
    expect(await verifyAgain(emptied)).toBe('denied')
  })

  test('an unreadable request is unavailable', async () => {
    const { request } = await arrived()
    Object.defineProperty(request, 'rawHeaders', { get: () => expect.fail('gone') })
    expect(await verifyAgain(request)).toBe('unavailable')
  })

  test('a clock that fails is unavailable, and the one fault that is reported', async () => {
    let fails = false
    const clock = () => (fails ? expect.fail('no clock') : NOON)
    const { api, request } = await arrived({}, { clock })
    fails = true
    expect(await verifyAgain(request)).toBe('unavailable')
    expect(new Set(api.faults.map(({ code }) => code))).toEqual(new Set(['ERR_PAT_CLOCK_FAILED']))
  })

  test('is denied where the request was', async () => {
    const api = createApi()
    const anonymous: Request = { rawHeaders: [] }
    await patAuth(api.verifier, { optional: true })(anonymous)
    expect(await verifyAgain(anonymous)).toBe('denied')
    expect(api.events).toHaveLength(1)
  })

  test('works without an address, and for tests of an API', async () => {
    const api = createApi()
    const request = bearing(api.issue())
    await patAuth(api.verifier)(request)
    expect(await verifyAgain(request)).toBe('allowed')
    const acting: Request = { rawHeaders: [] }
    await patAuth(actingAs({ scopes: ['a'] }))(acting)
    expect([await verifyAgain(acting), hasScope(acting, 'a')]).toEqual(['allowed', true])
  })
})

describe('requestId', () => {
  test('names the request in events and answers', async () => {
    const api = createApi()
    const outcome = await patAuth(api.verifier, { requestId: () => 'req-7' })({ rawHeaders: ['X-Request-Id', 'other'] })
    expect(api.events[0]?.request.id).toBe('req-7')
    expect(JSON.parse((outcome as { challenge: { body: string } }).challenge.body)).toMatchObject({
      request_id: 'req-7',
    })
  })

  test.each([
    ['throws', () => expect.fail('no id')],
    ['has no text', () => 7 as never],
    ['has none', () => null],
  ])('a hook that %s leaves the request without an id', async (name, requestId) => {
    const api = createApi()
    await patAuth(api.verifier, { requestId })({ rawHeaders: ['X-Request-Id', 'other'] })
    expect(api.events[0]?.request.id).toBeNull()
    const codes = new Set(api.faults.map(({ code }) => code))
    expect([...codes]).toEqual(name === 'throws' ? ['ERR_PAT_REQUEST_ID_FAILED'] : [])
  })

  test('must be a function', () => {
    expect(() => patAuth(createApi().verifier, { requestId: 'id' as never })).toThrow('"requestId"')
  })
})

import { expect, test } from 'vitest'
import { ask, createHarness } from './harness.ts'

const GOOD = { name: 'ci', scopes: ['drive:read'] }

/** A way of getting it wrong, and the field that is to blame. */
const BODIES: readonly (readonly [what: string, body: unknown, field: string])[] = [
  ['no name', {}, 'name'],
  ['an empty name', { ...GOOD, name: '' }, 'name'],
  ['a name that is a number', { ...GOOD, name: 7 }, 'name'],
  ['a long name', { ...GOOD, name: 'x'.repeat(256) }, 'name'],
  ['a name with control characters', { ...GOOD, name: 'a\u0000b' }, 'name'],
  ['a name with bidirectional marks', { ...GOOD, name: 'a\u202eb' }, 'name'],
  ['an owner in the body', { ...GOOD, principal_id: 'root' }, 'principal_id'],
  ['an organization in the body', { ...GOOD, organization_id: 'other' }, 'organization_id'],
  ['an id in the body', { ...GOOD, id: 'mine' }, 'id'],
  ['a prototype in the body', JSON.parse('{"name":"a","__proto__":{"admin":true}}'), '__proto__'],
  ['a list', [GOOD], 'body'],
  ['null', null, 'body'],
  ['scopes that are text', { ...GOOD, scopes: 'drive:read' }, 'scopes'],
  ['a scope with a space', { ...GOOD, scopes: ['drive:read', 'a b'] }, 'scopes/1'],
  ['10 000 scopes', { ...GOOD, scopes: Array.from({ length: 10_000 }, (_, n) => `s:${n % 7}`) }, 'scopes'],
  ['a date without an offset', { ...GOOD, expires_at: '2030-01-01T00:00:00' }, 'expires_at'],
  ['the 30th of February', { ...GOOD, expires_at: '2030-02-30T00:00:00Z' }, 'expires_at'],
  ['24 o’clock', { ...GOOD, expires_at: '2030-01-01T24:00:00Z' }, 'expires_at'],
  ['a date that is a number', { ...GOOD, expires_at: 1_900_000_000 }, 'expires_at'],
  ['an expiry in the past', { ...GOOD, expires_at: '2025-01-01T00:00:00Z' }, 'expires_at'],
  ['two expiries', { ...GOOD, expires_at: '2030-01-01T00:00:00Z', expires_in_days: 3 }, 'expires_in_days'],
  ['half a day', { ...GOOD, expires_in_days: 0.5 }, 'expires_in_days'],
  ['no day', { ...GOOD, expires_in_days: 0 }, 'expires_in_days'],
  ['days as text', { ...GOOD, expires_in_days: '30' }, 'expires_in_days'],
  ['an octal address', { ...GOOD, ip_allowlist: ['010.0.0.1'] }, 'ip_allowlist/0'],
  ['a range that is too long', { ...GOOD, ip_allowlist: ['10.0.0.0/33'] }, 'ip_allowlist/0'],
  ['no addresses', { ...GOOD, ip_allowlist: [] }, 'ip_allowlist'],
  ['a user of another organization', { ...GOOD, user_id: 'eve' }, 'user_id'],
  ['a service as the user', { ...GOOD, user_id: 'robot' }, 'user_id'],
  ['a name of spaces', { ...GOOD, name: ' \u00a0\u3000\u2003\u2800\ufe0f' }, 'name'],
  ['a name of 31 000 combining marks', { ...GOOD, name: `a${'\u0301'.repeat(31_000)}` }, 'name'],
  ['a scope of 60 000 characters', { ...GOOD, scopes: ['a'.repeat(60_000)] }, 'scopes/0'],
  ['a range of 60 000 characters', { ...GOOD, ip_allowlist: ['1'.repeat(60_000)] }, 'ip_allowlist/0'],
  ['20 000 objects', { ...GOOD, ip_allowlist: Array(20_000).fill({}) }, 'ip_allowlist'],
  ['101 members', Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`m${n}`, 1])), 'body'],
  ['17 levels', { ...GOOD, scopes: JSON.parse(`${'['.repeat(17)}${']'.repeat(17)}`) }, `scopes${'/0'.repeat(15)}`],
]

test.each(BODIES)('%s is refused, naming the field, and nothing is written', async (_, body, field) => {
  const harness = await createHarness()
  const before = await harness.everything()
  const answer = await ask(harness, 'user', 'POST', '/tokens', body)
  expect(answer.status, answer.text).toBe(400)
  expect(answer.body.errors.map((fault: { field: string }) => fault.field)).toContain(field)
  expect(await harness.everything()).toBe(before)
})

const QUERIES = [
  ['page 0', 'limit=0', 'limit'],
  ['101 entries', 'limit=101', 'limit'],
  ['a negative limit', 'limit=-1', 'limit'],
  ['a limit in hexadecimal', 'limit=0x10', 'limit'],
  ['a limit with a fraction', 'limit=1.5', 'limit'],
  ['an empty limit', 'limit=', 'limit'],
  ['a repeated parameter', 'limit=1&limit=100', 'limit'],
  ['an unknown parameter', 'principal_id=root', 'principal_id'],
  ['an unknown status', 'status=dead', 'status'],
  ['an invalid cursor', 'cursor=nonsense', 'cursor'],
  ['a long search', `search=${'x'.repeat(256)}`, 'search'],
] as const

test.each(QUERIES)('%s is refused, naming the parameter', async (_, query, field) => {
  const answer = await ask(await createHarness(), 'user', 'GET', `/tokens?${query}`)
  expect(answer.status, answer.text).toBe(400)
  expect(answer.body.errors[0].field).toBe(field)
})

test.each([
  ['an empty request id', 'request_id=', 'request_id'],
  ['a long request id', `request_id=${'x'.repeat(257)}`, 'request_id'],
  ['a request id of a change', 'outcome=changed&request_id=r1', 'request_id'],
  ['an address of a change', 'outcome=changed&client_ip=192.0.2.1', 'client_ip'],
])('%s is refused by the audit log, naming the parameter', async (_, query, field) => {
  const answer = await ask(await createHarness(), 'admin', 'GET', `/audit?${query}`)
  expect([answer.status, answer.body.errors?.[0].field], answer.text).toEqual([400, field])
})

test.each([
  ['no JSON', '{"name":', 400, 'application/json'],
  ['a form', 'name=a', 415, 'application/x-www-form-urlencoded'],
  ['plain text', '{"name":"a"}', 415, 'text/plain'],
  ['JSON in another encoding', '{"name":"a"}', 415, 'application/json; charset=utf-16'],
  ['JSON with an endless list of parameters', '{"name":"a"}', 415, `application/json${';charset=utf-8'.repeat(30)}`],
  ['5 MB', JSON.stringify({ name: 'x'.repeat(5_000_000) }), 413, 'application/json'],
])('%s is refused, and nothing is written', async (_, body, status, type) => {
  const harness = await createHarness()
  const before = await harness.everything()
  const answer = await ask(harness, 'user', 'POST', '/tokens', body, { 'content-type': type })
  expect(answer.status, answer.text).toBe(status)
  expect(await harness.everything()).toBe(before)
})

test.each(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'GZIP', 'identity, gzip', 'gzip, identity', 'none', 'a'])(
  'a body with the content coding %s is refused, with the accepted ones',
  async (coding) => {
    const harness = await createHarness()
    const before = await harness.everything()
    for (const [path, body, type] of [
      ['/tokens', GOOD, 'application/json'],
      ['/introspect', 'token=a', 'application/x-www-form-urlencoded'],
      [`/tokens/${harness.active.id}/revoke`, '{}', 'application/json'],
    ] as const) {
      const headers = { 'content-type': type, 'content-encoding': coding }
      const answer = await ask(harness, 'admin', 'POST', path, body, headers)
      expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type'])
      expect(answer.headers.get('accept-encoding')).toBe('identity')
    }
    expect(await harness.everything()).toBe(before)
  },
)

test.each(['identity', 'Identity', ''])('the content coding %j is no content coding', async (coding) => {
  const answer = await ask(await createHarness(), 'user', 'POST', '/tokens', GOOD, { 'content-encoding': coding })
  expect(answer.status).toBe(201)
})

test.each([
  ['DELETE', '/scopes', { scopes: ['drive:read'] }, 'scopes'],
  ['DELETE', '', { name: 'a' }, 'name'],
  ['POST', '/revoke', { because: 'lost' }, 'because'],
])('%s %s takes no such member, and does nothing for less than was meant', async (method, path, body, field) => {
  const harness = await createHarness()
  const before = await harness.everything()
  const answer = await ask(harness, 'user', method, `/tokens/${harness.active.id}${path}`, body)
  expect([answer.status, answer.body.errors[0].field, await harness.everything()]).toEqual([400, field, before])
  expect((await ask(harness, 'user', method, `/tokens/${harness.active.id}${path}`, {})).status).toBeLessThan(300)
})

test.each([
  ['many parameters', Array.from({ length: 101 }, (_, n) => `n${n}=1`).join('&'), 'body'],
  ['16 000 names', Array.from({ length: 16_000 }, (_, n) => n.toString(36)).join('&'), 'body'],
  ['a parameter that is there twice', 'token=a&token=b', 'token'],
  ['no token', 'token_type_hint=access_token', 'token'],
  ['an empty token', 'token=', 'token'],
])('a form with %s is refused', async (_, form, field) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const path of ['/revoke', '/introspect']) {
    const answer = await ask(await createHarness(), 'admin', 'POST', path, form, headers)
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field])
  }
})

test('a caller cannot grant scopes that it does not hold', async () => {
  const harness = await createHarness()
  const made = await ask(harness, 'managingToken', 'POST', '/tokens', { name: 'a', scopes: ['drive:write'] })
  expect(made.status).toBe(403)
  expect(made.body).toMatchObject({ code: 'scope_not_held', errors: [{ field: 'scopes' }] })
  const strong = await ask(harness, 'user', 'POST', '/tokens', { name: 'strong', scopes: ['drive:write'] })
  const rotated = await ask(harness, 'managingToken', 'POST', `/tokens/${strong.body.id}/rotate`)
  expect([rotated.status, rotated.body.code]).toEqual([403, 'scope_not_held'])
})

test('a store that fails is an outage, which is reported and tells nothing', async () => {
  const faults: unknown[] = []
  const harness = await createHarness()
  const { api } = await createHarness({
    tokens: { ...harness.tokens, list: async () => Promise.reject(new Error('password of the database')) },
    onError: (cause) => faults.push(cause),
  })
  const answer = await ask({ ...harness, api }, 'user', 'GET', '/tokens')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(answer.text).not.toContain('password')
  expect(faults).toHaveLength(1)
})

test('the same Idempotency-Key gives the same token, and another request with it is refused', async () => {
  const harness = await createHarness()
  const key = { 'idempotency-key': 'b2f8a1d4-5d0c-4b7e-9a51-3c2f1e0d9b8a' }
  const first = await ask(harness, 'user', 'POST', '/tokens', GOOD, key)
  const again = await ask(harness, 'user', 'POST', '/tokens', GOOD, key)
  expect(again.body).toEqual(first.body)
  expect((await ask(harness, 'user', 'POST', '/tokens', { name: 'b' }, key)).status).toBe(409)
})

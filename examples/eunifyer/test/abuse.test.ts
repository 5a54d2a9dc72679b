import { covers } from '@patkit/core'
import { expect, test } from 'vitest'
import { ADMIN, ALICE, SYNC } from '../src/people.ts'
import { openHarness, type TestHarness } from './harness.ts'

const ROOT = { id: 'test', scopes: null }
const TOKENS = `/developer/service-principals/${SYNC.principalId}/tokens`
const ONE = `${TOKENS}/tok_eunifyer-bound`
const GOOD = { name: 'a' }

test.each([
  ['POST', TOKENS, {}, 'name'],
  ['POST', TOKENS, { name: '' }, 'name'],
  ['POST', TOKENS, { name: 7 }, 'name'],
  ['POST', TOKENS, { ...GOOD, id: 'tok_mine' }, 'id'],
  ['POST', TOKENS, { ...GOOD, secret: 'eu_sk_mine' }, 'secret'],
  ['POST', TOKENS, { ...GOOD, organization_id: 'org_suedwind' }, 'organization_id'],
  ['POST', TOKENS, { ...GOOD, principal_id: 'sp_reports' }, 'principal_id'],
  ['POST', TOKENS, { ...GOOD, created_by: 'somebody' }, 'created_by'],
  ['POST', TOKENS, { ...GOOD, scopes: 'drive:read' }, 'scopes'],
  ['POST', TOKENS, { ...GOOD, scopes: ['drive:read', 'drive:*'] }, 'scopes/1'],
  ['POST', TOKENS, { ...GOOD, scopes: ['drive:delete'] }, 'scopes/0'],
  ['POST', TOKENS, { ...GOOD, expires_at: '2027-02-30T00:00:00Z' }, 'expires_at'],
  ['POST', TOKENS, { ...GOOD, expires_at: '2027-04-24T00:00:00' }, 'expires_at'],
  ['POST', TOKENS, { ...GOOD, expires_at: '2027-04-24' }, 'expires_at'],
  ['POST', TOKENS, { ...GOOD, expires_at: 1_800_000_000 }, 'expires_at'],
  ['POST', TOKENS, { ...GOOD, expires_at: '2026-04-24T10:00:00Z' }, 'expires_at'],
  ['POST', TOKENS, { ...GOOD, expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  ['POST', TOKENS, { ...GOOD, ip_allowlist: ['10.0.0.0/8', '010.0.0.0/8'] }, 'ip_allowlist/1'],
  ['POST', TOKENS, { ...GOOD, ip_allowlist: ['0x0a.0.0.1'] }, 'ip_allowlist/0'],
  ['POST', TOKENS, { ...GOOD, ip_allowlist: [] }, 'ip_allowlist'],
  ['POST', TOKENS, { ...GOOD, ip_allowlist: '10.0.0.0/8' }, 'ip_allowlist'],
  ['POST', TOKENS, { ...GOOD, user_id: ' ' }, 'user_id'],
  ['POST', TOKENS, { ...GOOD, user_id: ['x'] }, 'user_id'],
  ['POST', TOKENS, [GOOD], 'body'],
  ['PATCH', ONE, { scopes: ['admin:tokens'] }, 'scopes'],
  ['PATCH', ONE, { ip_allowlist: null }, 'ip_allowlist'],
  ['PATCH', ONE, { user_id: null }, 'user_id'],
  ['PATCH', ONE, { name: 'a\u0000b' }, 'name'],
  ['PATCH', ONE, { expires_at: '2026-04-24T09:59:59Z' }, 'expires_at'],
  ['POST', `${ONE}/rotate`, { overlap_seconds: 600 }, 'overlap_seconds'],
  ['POST', '/developer/service-principals', {}, 'name'],
  ['POST', '/developer/service-principals', { name: '../sp_sync' }, 'name'],
  ['POST', '/developer/service-principals', { ...GOOD, scopes: ['everything'] }, 'scopes/0'],
  ['POST', '/developer/service-principals', { ...GOOD, kind: 'user' }, 'kind'],
])('%s %s with %j is refused, naming %4$s, and nothing is written', async (method, path, body, field) => {
  const harness = await openHarness()
  const before = await everything(harness)
  const { status, answer } = await ask(harness, method, path, body)
  expect(answer).toMatchObject({ status: 400, title: 'Bad Request', errors: [{ field, message: expect.any(String) }] })
  expect(status).toBe(400)
  expect(await everything(harness)).toEqual(before)
})

test.each([
  [`${TOKENS}?limit=0`, 'limit'],
  [`${TOKENS}?limit=101`, 'limit'],
  [`${TOKENS}?limit=1e1`, 'limit'],
  [`${TOKENS}?limit=5&limit=6`, 'limit'],
  [`${TOKENS}?cursor=nonsense`, 'cursor'],
  [`${TOKENS}?offset=1`, 'offset'],
  ['/developer/service-principals?kind=user', 'kind'],
  ['/audit-log?limit=1000', 'limit'],
  ['/audit-log?client_ip=010.0.0.1', 'client_ip'],
  ['/audit-log?from=yesterday', 'from'],
])('GET %s is refused, naming %s', async (path, field) => {
  expect(await ask(await openHarness(), 'GET', path)).toMatchObject({ status: 400, answer: { errors: [{ field }] } })
})

test('a body is JSON', async () => {
  const harness = await openHarness()
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
    const { status } = await ask(harness, 'POST', TOKENS, GOOD, { 'content-type': type })
    expect(status).toBe(415)
  }
})

test('a client that asks again with its idempotency key is given the same PAT', async () => {
  const harness = await openHarness()
  const key = { 'idempotency-key': 'b2f8a1d4-5d0c-4b7e-9a51-3c2f1e0d9b8a' }
  const first = await ask(harness, 'POST', TOKENS, GOOD, key)
  expect(await ask(harness, 'POST', TOKENS, GOOD, key)).toEqual(first)
  const other = await ask(harness, 'POST', TOKENS, { name: 'b' }, key)
  expect(other).toMatchObject({ status: 409, answer: { code: 'idempotency_mismatch' } })
})

test('a person who is no administrator cannot manage tokens with a PAT either', async () => {
  const harness = await openHarness()
  const owner = { organizationId: ALICE.organizationId, principalId: ALICE.id }
  const { secret } = await harness.tokens.create(ROOT, owner, { name: 'left over', scopes: ['admin:tokens'] })
  const { status, answer } = await ask(harness, 'GET', TOKENS, undefined, bearer(secret.reveal()))
  expect([status, answer.code]).toEqual([403, 'forbidden'])
})

test('an admin PAT passes on no more than the ceiling of its owner leaves of it', async () => {
  const harness = await openHarness()
  const owner = { organizationId: ADMIN.organizationId, principalId: ADMIN.id }
  const lowered = ['admin:tokens', 'sites:read']
  await harness.tokens.putPrincipal(ROOT, { ...owner, kind: 'user', disabledAt: null, ceiling: lowered })
  const refused = await ask(harness, 'POST', TOKENS, { ...GOOD, scopes: ['drive:read'] })
  expect(refused).toMatchObject({ status: 403, answer: { code: 'scope_not_held' } })
  const { answer } = await ask(harness, 'POST', TOKENS, { ...GOOD, scopes: ['sites:read'] })
  expect(covers(lowered, answer.scopes as string[])).toBe(true)
})

test('a service principal that is disabled stops, and is given no more PATs', async () => {
  const harness = await openHarness()
  await harness.tokens.putPrincipal(ROOT, { ...SYNC, kind: 'service', disabledAt: new Date(0), ceiling: null })
  expect((await ask(harness, 'POST', TOKENS, GOOD)).status).toBe(409)
  const { status } = await ask(harness, 'GET', '/drive/browse', undefined, bearer(harness.names.get('bound') as string))
  expect(status).toBe(401)
})

test('the session of an administrator who is disabled ends, and is not opened again', async () => {
  const harness = await openHarness()
  const before = await logIn(harness)
  const cookie = before.headers.get('set-cookie')?.split(';')[0] ?? ''
  const seen = () => fetch(`${harness.url}/api/v1${TOKENS}`, { headers: { cookie } })
  expect((await seen()).status).toBe(200)
  const owner = { organizationId: ADMIN.organizationId, principalId: ADMIN.id }
  await harness.tokens.changePrincipal(ROOT, owner, (person) => ({ ...person, disabledAt: new Date(0) }))
  expect((await seen()).status).toBe(401)
  const after = await logIn(harness)
  expect([before.status, after.status, after.headers.get('set-cookie')]).toEqual([204, 403, null])
})

test('an address that was wrong ten times waits for the next minute', async () => {
  const harness = await openHarness()
  for (let count = 0; count < 12; count++) expect((await logIn(harness)).status).toBe(204)
  const wrong = await Promise.all(Array.from({ length: 12 }, () => logIn(harness, 'wrong')))
  expect(wrong.map(({ status }) => status).sort()).toEqual([...Array(10).fill(403), 429, 429])
  harness.setClock('2026-04-24T10:00:20.500Z')
  const refused = await logIn(harness)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '40'])
  expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
  harness.setClock('2026-04-24T10:01:00Z')
  expect((await logIn(harness)).status).toBe(204)
})

function logIn({ url, names }: TestHarness, password = names.get('adminPassword')): Promise<Response> {
  const body = JSON.stringify({ email: ADMIN.email, password })
  return fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}

/** What an administrator can see: tokens, service principals, and all that was done to them. */
async function everything(harness: TestHarness): Promise<unknown> {
  const asked = [TOKENS, '/developer/service-principals', '/audit-log?outcome=changed&limit=100']
  return Promise.all(asked.map(async (path) => (await ask(harness, 'GET', path)).answer))
}

async function ask(
  { url, names }: TestHarness,
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
) {
  const headers = { ...bearer(names.get('admin') as string), 'content-type': 'application/json', ...more }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await fetch(`${url}/api/v1${path}`, init)
  const answer = (await response.json()) as Readonly<Record<string, unknown>>
  return { status: response.status, answer }
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

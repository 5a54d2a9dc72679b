import { expect, onTestFinished, test, vi } from 'vitest'
import { USERS } from '../src/users.ts'
import { createHarness, ME, OF_SERVICE_ACCOUNT } from './harness.ts'

const GOOD = { name: 'CI pipeline', expires_in_days: 90 }
const days = (expires_in_days: unknown) => ({ ...GOOD, expires_in_days })

/** The body, and the member at fault. */
const BODIES: readonly (readonly [what: string, body: unknown, field: string])[] = [
  ['no expires_in_days', { name: 'a' }, 'expires_in_days'],
  ['no day', days(0), 'expires_in_days'],
  ['a day less than none', days(-1), 'expires_in_days'],
  ['366 days', days(366), 'expires_in_days'],
  ['half a day', days(1.5), 'expires_in_days'],
  ['days as text', days('90'), 'expires_in_days'],
  ['days as a list', days([90]), 'expires_in_days'],
  ['days that are null', days(null), 'expires_in_days'],
  ['days that are true', days(true), 'expires_in_days'],
  ['days beyond all numbers', '{"name":"a","expires_in_days":1e400}', 'expires_in_days'],
  ['a date instead', { name: 'a', expires_at: '2025-01-01T00:00:00Z' }, 'expires_at'],
  ['a date beside', { ...GOOD, expires_at: '2025-01-01T00:00:00Z' }, 'expires_at'],
  ['no name', { expires_in_days: 90 }, 'name'],
  ['an empty name', { ...GOOD, name: '' }, 'name'],
  ['a name that is a number', { ...GOOD, name: 7 }, 'name'],
  ['a name of 256 characters', { ...GOOD, name: 'x'.repeat(256) }, 'name'],
  ['a name with control characters', { ...GOOD, name: 'a\u0000b' }, 'name'],
  ['an owner', { ...GOOD, user_id: USERS.admin.id }, 'user_id'],
  ['a principal', { ...GOOD, principal_id: USERS.admin.id }, 'principal_id'],
  ['an organization', { ...GOOD, organization_id: 'other' }, 'organization_id'],
  ['scopes', { ...GOOD, scopes: ['service_accounts.tokens'] }, 'scopes'],
  ['permissions', { ...GOOD, permissions: ['users.edit'] }, 'permissions'],
  ['a mark of service accounts', { ...GOOD, is_service_account: true }, 'is_service_account'],
  ['an id', { ...GOOD, id: USERS.user.id }, 'id'],
  ['a token of its own choice', { ...GOOD, token: 'justiam_pat_mine' }, 'token'],
  ['a prototype', '{"name":"a","expires_in_days":1,"__proto__":{"admin":true}}', '__proto__'],
  ['a list', [GOOD], 'body'],
  ['no JSON', '{"name":', 'body'],
  ['nothing', '', 'name'],
]

test.each(BODIES)('%s is refused, naming the member, and nothing is written', async (_, body, field) => {
  const harness = await createHarness()
  const before = await harness.everything()
  for (const [as, path] of [
    [harness.jwt.user, ME],
    [harness.jwt.admin, OF_SERVICE_ACCOUNT],
  ] as const) {
    const answer = await harness.ask('POST', path, { as, body })
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_input' })
    expect(answer.body.errors.map((fault: { field: string }) => fault.field)).toContain(field)
  }
  expect(await harness.everything()).toBe(before)
})

test.each([
  [1, '2024-12-02T00:00:00Z'],
  [365, '2025-12-01T00:00:00Z'],
])('expires_in_days may be %i', async (expires_in_days, expires_at) => {
  const { ask, jwt } = await createHarness()
  const answer = await ask('POST', ME, { as: jwt.user, body: { name: 'a', expires_in_days } })
  expect([answer.status, answer.body.expires_at]).toEqual([201, expires_at])
})

test.each([
  ['application/x-www-form-urlencoded', 'name=a&expires_in_days=90'],
  ['text/plain', JSON.stringify(GOOD)],
])('a body of %s is refused', async (type, body) => {
  const { ask, jwt } = await createHarness()
  const answer = await ask('POST', ME, { as: jwt.user, body, headers: { 'content-type': type } })
  expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type'])
})

test.each([
  ['cut off', '{"username":"ada","password":"hunter2', 400, 'invalid_input'],
  ['no object', '"hunter2"', 400, 'invalid_input'],
  ['not JSON', 'hunter2', 400, 'invalid_input'],
  ['too large', JSON.stringify({ password: 'hunter2'.repeat(200_000) }), 413, 'too_large'],
])('a login whose body is %s is a problem, and nothing of it is logged', async (_, body, status, code) => {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => logged.mockRestore())
  const { ask, faults } = await createHarness()
  const answer = await ask('POST', '/api/v1/login', { body })
  expect([answer.status, answer.body.code]).toEqual([status, code])
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.text).not.toContain('hunter2')
  expect([...logged.mock.calls, ...faults]).toEqual([])
})

const QUERIES = [
  ['page 0', 'page=0', 'page'],
  ['a negative page', 'page=-1', 'page'],
  ['half a page', 'page=1.5', 'page'],
  ['a page in words', 'page=one', 'page'],
  ['an empty page', 'page=', 'page'],
  ['a page with a sign', 'page=%2B1', 'page'],
  ['a page beyond all', 'page=99999999999999999999', 'page'],
  ['a page twice', 'page=1&page=2', 'page'],
  ['limit 0', 'limit=0', 'limit'],
  ['limit 101', 'limit=101', 'limit'],
  ['a limit in hexadecimal', 'limit=0x10', 'limit'],
  ['a limit twice', 'limit=1&limit=1', 'limit'],
  ['another owner', `user_id=${USERS.admin.id}`, 'user_id'],
  ['a cursor', 'cursor=abc', 'cursor'],
] as const

test.each(QUERIES)('%s is refused, naming the parameter', async (_, query, field) => {
  const { ask, jwt } = await createHarness()
  for (const [as, path] of [
    [jwt.user, ME],
    [jwt.admin, OF_SERVICE_ACCOUNT],
  ] as const) {
    const answer = await ask('GET', `${path}?${query}`, { as })
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body.errors).toMatchObject([{ field }])
  }
})

test('a page of 100 is the largest, and the last page is far away', async () => {
  const { ask, jwt } = await createHarness()
  const answer = await ask('GET', `${ME}?limit=100&page=10000`, { as: jwt.user })
  expect(answer.body).toEqual({ data: [], total: 0, page: 10_000, limit: 100 })
})

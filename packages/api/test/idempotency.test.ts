import { expect, test } from 'vitest'
import { ask, createHarness } from './harness.ts'

const KEY = { 'idempotency-key': 'b2f8a1d4-5d0c-4b7e-9a51-3c2f1e0d9b8a' }
const OTHER_KEY = { 'idempotency-key': 'a07c1a5e-77d0-4f0b-8f0e-2c1d3b4a5968' }

test.each([
  ['rotate', (id: string) => `/tokens/${id}/rotate`, 'active', 'user'],
  ['regenerate', (id: string) => `/tokens/${id}/regenerate`, 'revoked', 'user'],
  ['rotate of a principal', (id: string) => `/principals/ada/tokens/${id}/rotate`, 'active', 'admin'],
  ['regenerate of a principal', (id: string) => `/principals/ada/tokens/${id}/regenerate`, 'revoked', 'admin'],
] as const)('%s: two requests with one key make one secret', async (_, pathOf, which, kind) => {
  const harness = await createHarness()
  const path = pathOf(harness[which].id)
  const answers = await Promise.all([1, 2].map(() => ask(harness, kind, 'POST', path, {}, KEY)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(new Set(answers.map(({ body }) => body.secret)).size).toBe(1)
  const again = await ask(harness, kind, 'POST', path, undefined, KEY)
  expect(again.body.secret).toBe(answers[0]?.body.secret)
  const before = await harness.everything()
  const short = await ask(harness, kind, 'POST', path, {}, { 'idempotency-key': 'short' })
  expect([short.status, short.body.errors[0].field]).toEqual([400, 'Idempotency-Key'])
  expect(await harness.everything()).toBe(before)
})

test('a key that was used for another request or verb is refused, and changes nothing', async () => {
  const harness = await createHarness()
  const path = `/tokens/${harness.active.id}`
  await ask(harness, 'user', 'POST', `${path}/rotate`, {}, KEY)
  const before = await harness.everything()
  const refused = [
    await ask(harness, 'user', 'POST', `${path}/rotate`, { overlap_seconds: 60 }, KEY),
    await ask(harness, 'user', 'POST', `/tokens/${harness.revoked.id}/regenerate`, {}, KEY),
    await ask(harness, 'user', 'POST', '/tokens', { name: 'a' }, KEY),
  ]
  expect(refused.map(({ status, body }) => [status, body.code])).toEqual(Array(3).fill([409, 'idempotency_mismatch']))
  expect(await harness.everything()).toBe(before)
})

test('an answer ends with its secret', async () => {
  const harness = await createHarness()
  const rotate = () => ask(harness, 'user', 'POST', `/tokens/${harness.active.id}/rotate`, {}, KEY)
  await rotate()
  await ask(harness, 'user', 'POST', `/tokens/${harness.active.id}/revoke`)
  const before = await harness.everything()
  const ended = await rotate()
  expect([ended.status, ended.body.code, ended.body.errors[0].field]).toEqual([
    409,
    'idempotency_ended',
    'Idempotency-Key',
  ])
  expect([ended.text.includes('acme_'), await harness.everything()]).toEqual([false, before])
})

test('a token that rotates itself with an overlap receives the answer again while its secret is valid', async () => {
  const harness = await createHarness()
  const old = harness.headersOf('plainToken')
  const rotate = (headers: Readonly<Record<string, string>>, body: object = { overlap_seconds: 60 }) =>
    ask({ api: harness.api, headersOf: () => old }, 'none', 'POST', '/self/rotate', body, headers)
  const [first, second] = await Promise.all([rotate(KEY), rotate(KEY)])
  expect([first?.status, second?.status]).toEqual([200, 200])
  expect(second?.body.secret).toBe(first?.body.secret)
  expect((await rotate(KEY)).body.secret).toBe(first?.body.secret)
  expect(await rotate({})).toMatchObject({ status: 409, body: { code: 'superseded' } })
  expect(await rotate(OTHER_KEY)).toMatchObject({ status: 409, body: { code: 'superseded' } })
  // The first use of the new secret ends the old one.
  const next = { authorization: `Bearer ${first?.body.secret}` }
  await ask({ api: harness.api, headersOf: () => next }, 'none', 'GET', '/self')
  await harness.tokens.flush()
  const dead = await rotate(KEY)
  expect([dead.status, dead.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('invalid_token')])
  expect(dead.text).not.toContain('acme_')
})

test('a token that rotates itself without an overlap is unknown afterwards, with any key', async () => {
  const harness = await createHarness()
  const answers = await Promise.all([1, 2].map(() => ask(harness, 'plainToken', 'POST', '/self/rotate', {}, KEY)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  const late = await ask(harness, 'plainToken', 'POST', '/self/rotate', {}, KEY)
  expect([late.status, late.body.code]).toEqual([401, 'invalid_token'])
})

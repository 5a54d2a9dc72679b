import { expect, test } from 'vitest'
import { ADA, ask, createHarness } from './harness.ts'

const OTHER = { origin: 'https://evil.example' }
const ADMIN = { ...ADA, id: 'ada', scopes: null, manages: () => true, administers: true }

test.each([
  ['its own page', { origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }, 201],
  ['its own page, in a browser without fetch metadata', { origin: 'http://localhost' }, 201],
  ['another origin', OTHER, 403],
  ['another origin that calls itself the same site', { ...OTHER, 'sec-fetch-site': 'same-origin' }, 403],
  ['another page of the same site', { origin: 'http://localhost', 'sec-fetch-site': 'same-site' }, 403],
  ['without an origin', { origin: '' }, 403],
  ['a sandboxed page', { origin: 'null' }, 403],
])('a session used from %s', async (_, headers, status) => {
  const harness = await createHarness()
  const before = await harness.everything()
  const answer = await ask(harness, 'user', 'POST', '/tokens', { name: 'a' }, headers)
  expect(answer.status, answer.text).toBe(status)
  if (status === 403) expect([answer.body.code, await harness.everything()]).toEqual(['cross_origin', before])
})

test('the refusal names the option that lists origins, and where CORS headers come from', async () => {
  const { body } = await ask(await createHarness(), 'user', 'POST', '/tokens', { name: 'a' }, OTHER)
  expect(body.detail).toMatch(/option "origins" of createApi.*CORS headers come from the host/)
})

test('reading needs no origin, and a token needs none at all', async () => {
  const harness = await createHarness()
  expect((await ask(harness, 'user', 'GET', '/tokens', undefined, OTHER)).status).toBe(200)
  expect((await ask(harness, 'managingToken', 'POST', '/tokens', { name: 'a' }, OTHER)).status).toBe(201)
})

test('a cookie beside a token opens no door', async () => {
  const harness = await createHarness()
  const both = { cookie: 'session=root', ...OTHER }
  expect((await ask(harness, 'plainToken', 'GET', '/principals', undefined, both)).status).toBe(403)
})

test('pages of other origins can be named', async () => {
  const harness = await createHarness({ origins: ['https://console.example'] })
  const from = (origin: string) =>
    ask(harness, 'user', 'POST', '/tokens', { name: 'a' }, { origin, 'sec-fetch-site': 'cross-site' })
  expect((await from('https://console.example')).status).toBe(201)
  expect((await from('https://evil.example')).status).toBe(403)
  expect((await from('http://localhost')).status).toBe(403)
})

test.each([
  ['Basic YWRhOnNlY3JldA==', 403],
  ['Digest username="ada", realm="a"', 403],
  ['Negotiate YII=', 403],
  ['NTLM TlRM', 403],
  ['', 403],
  ['Basic YTpi, Bearer acme_none', 403],
  ['Bearers a', 403],
  ['Bearer acme_none', 201],
  ['bearer acme_none', 201],
])('beside a session, a page of another origin with %j is answered %i', async (authorization, status) => {
  // An application that looks at the session first.
  const harness = await createHarness({ authenticate: () => ADMIN })
  const answer = await ask(harness, 'user', 'POST', '/tokens', { name: 'a' }, { ...OTHER, authorization })
  expect(answer.status, answer.text).toBe(status)
})

test('a token is revoked by no form of another origin that a browser adds Basic to', async () => {
  const harness = await createHarness({ authenticate: () => ADMIN })
  const { secret } = await harness.tokens.create({ id: 'root', scopes: null }, ADA, { name: 'a' })
  const form = { ...OTHER, 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic YTpi' }
  const before = await harness.everything()
  const answer = await ask(harness, 'admin', 'POST', '/revoke', `token=${secret.reveal()}`, form)
  expect([answer.status, answer.body.code, await harness.everything()]).toEqual([403, 'cross_origin', before])
})

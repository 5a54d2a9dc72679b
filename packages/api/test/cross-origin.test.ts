import { expect, test } from 'vitest'
import { ADA, ask, house } from './house.ts'

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
  const stage = await house()
  const before = await stage.everything()
  const answer = await ask(stage, 'user', 'POST', '/tokens', { name: 'a' }, headers)
  expect(answer.status, answer.text).toBe(status)
  if (status === 403) expect([answer.body.code, await stage.everything()]).toEqual(['cross_origin', before])
})

test('the refusal names the option that lists origins, and where CORS headers come from', async () => {
  const { body } = await ask(await house(), 'user', 'POST', '/tokens', { name: 'a' }, OTHER)
  expect(body.detail).toMatch(/option "origins" of createApi.*CORS headers come from the host/)
})

test('reading needs no origin, and a token needs none at all', async () => {
  const stage = await house()
  expect((await ask(stage, 'user', 'GET', '/tokens', undefined, OTHER)).status).toBe(200)
  expect((await ask(stage, 'managingToken', 'POST', '/tokens', { name: 'a' }, OTHER)).status).toBe(201)
})

test('a cookie beside a token opens no door', async () => {
  const stage = await house()
  const both = { cookie: 'session=root', ...OTHER }
  expect((await ask(stage, 'plainToken', 'GET', '/principals', undefined, both)).status).toBe(403)
})

test('pages of other origins can be named', async () => {
  const stage = await house({ origins: ['https://console.example'] })
  const from = (origin: string) =>
    ask(stage, 'user', 'POST', '/tokens', { name: 'a' }, { origin, 'sec-fetch-site': 'cross-site' })
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
  const stage = await house({ authenticate: () => ADMIN })
  const answer = await ask(stage, 'user', 'POST', '/tokens', { name: 'a' }, { ...OTHER, authorization })
  expect(answer.status, answer.text).toBe(status)
})

test('a token is revoked by no form of another origin that a browser adds Basic to', async () => {
  const stage = await house({ authenticate: () => ADMIN })
  const { secret } = await stage.tokens.create({ id: 'root', scopes: null }, ADA, { name: 'a' })
  const form = { ...OTHER, 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic YTpi' }
  const before = await stage.everything()
  const answer = await ask(stage, 'admin', 'POST', '/revoke', `token=${secret.reveal()}`, form)
  expect([answer.status, answer.body.code, await stage.everything()]).toEqual([403, 'cross_origin', before])
})

import { createApi } from '@patkit/api'
import { createVerifier, defineScopes, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADA, ask, createHarness } from './harness.ts'

const CATALOG = defineScopes({ 'drive:read': 'Read files', 'drive:write': 'Write files', 'mail:send': 'Send mail' })
const ADMIN = { id: 'root', scopes: null }

interface Offer {
  readonly name: string
  readonly grantable: boolean
}

async function offers(ceiling: readonly string[] | null, scopes: readonly string[] | null, path = '/scopes') {
  const tokens = createTokenService({
    store: memoryStore(),
    format: tokenFormat({ prefix: 'acme' }),
    scopes: CATALOG,
    wildcards: true,
  })
  await tokens.putPrincipal(ADMIN, { ...ADA, kind: 'user', disabledAt: null, ceiling })
  const caller = { ...ADA, id: 'ada', scopes, manages: () => true, administers: false }
  const api = createApi({ tokens, authenticate: () => caller, basePath: '/manage' })
  const answer = await ask({ api, headersOf: () => ({}) }, 'none', 'GET', path)
  const items: readonly Offer[] = answer.body.items
  return { answer, granted: items.filter(({ grantable }) => grantable).map(({ name }) => name), tokens }
}

test.each([
  [null, null, ['drive:read', 'drive:write', 'mail:send']],
  [['drive:*'], null, ['drive:read', 'drive:write']],
  [['drive:*'], ['drive:read', 'mail:send'], ['drive:read']],
  [null, ['*'], ['drive:read', 'drive:write', 'mail:send']],
  [[], ['*'], []],
])('below the ceiling %j, a caller with %j is offered %j', async (ceiling, scopes, expected) => {
  const own = await offers(ceiling, scopes)
  expect(own.answer.body.items).toMatchObject([
    { name: 'drive:read', label: 'Read files' },
    { name: 'drive:write', label: 'Write files' },
    { name: 'mail:send', label: 'Send mail' },
  ])
  expect(own.granted).toEqual(expected)
  expect((await offers(ceiling, scopes, '/principals/ada/scopes')).granted).toEqual(expected)
  for (const { name, grantable } of own.answer.body.items as readonly Offer[]) {
    const made = own.tokens.create({ id: 'ada', scopes }, ADA, { name: 'a', scopes: [name] })
    expect(await made.then(() => true).catch(({ code }) => code !== 'ERR_PAT_SCOPE_NOT_HELD')).toBe(grantable)
  }
})

test('named scopes are decided about: those that are not in the catalog cannot be given, unless they are wildcards', async () => {
  const path = `/scopes?names=${encodeURIComponent('drive:1:read drive:*:read *:1:read drive:read')}`
  const { answer } = await offers(['drive:*'], ['drive:*:read', 'drive:read'], path)
  expect(answer.body.items).toEqual([
    { name: 'drive:1:read', label: 'drive:1:read', grantable: false },
    { name: 'drive:*:read', label: 'drive:*:read', grantable: true },
    { name: '*:1:read', label: '*:1:read', grantable: false },
    { name: 'drive:read', label: 'Read files', grantable: true },
  ])
})

test.each(['', 'drive:read  mail:send', 'no "scope"', Array(26).fill('a').join(' ')])(
  'the names %j are refused',
  async (names) => {
    const harness = await createHarness()
    const answer = await ask(harness, 'user', 'GET', `/scopes?names=${encodeURIComponent(names)}`)
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, expect.stringMatching(/^names/)])
  },
)

test('an owner sees the events of its own tokens, page by page, also after they are gone', async () => {
  const harness = await createHarness()
  const path = `/tokens/${harness.active.id}/events`
  await ask(harness, 'user', 'PATCH', `/tokens/${harness.active.id}`, { name: 'renamed' })
  const first = await ask(harness, 'user', 'GET', `${path}?limit=1`)
  const second = await ask(harness, 'user', 'GET', `${path}?limit=1&cursor=${first.body.next_cursor}`)
  expect([first, second].map(({ body }) => body.items[0].outcome)).toEqual(['update', 'create'])
  expect(second.body.next_cursor).toBe(null)
  expect((await ask(harness, 'admin', 'GET', `/principals/ada${path}`)).body.items.length).toBe(2)
  expect((await ask(harness, 'admin', 'GET', `/principals/bob${path}`)).status).toBe(404)
  await ask(harness, 'user', 'DELETE', `/tokens/${harness.active.id}`)
  expect((await ask(harness, 'user', 'GET', path)).body.items[0].outcome).toBe('delete')
  expect((await ask(harness, 'user', 'GET', `${path}?from=2030-01-01T00:00:00Z`)).body.items).toEqual([])
  expect((await ask(harness, 'otherUser', 'GET', path)).status).toBe(404)
  expect((await ask(harness, 'user', 'GET', `${path}?principal_id=bob`)).body.errors[0].field).toBe('principal_id')
})

test('events of a token are of that token alone', async () => {
  const harness = await createHarness()
  const { body } = await ask(harness, 'user', 'GET', `/tokens/${harness.revoked.id}/events`)
  expect(body.items.map((event: { token_id: string }) => event.token_id)).toEqual([
    harness.revoked.id,
    harness.revoked.id,
  ])
})

test('a created resource has its location, also under a prefix that the API does not see', async () => {
  const harness = await createHarness()
  const made = await ask(harness, 'user', 'POST', '/tokens', { name: 'a' })
  const location = made.headers.get('location') ?? ''
  expect(new URL(location, 'http://localhost/manage/tokens').pathname).toBe(`/manage/tokens/${made.body.id}`)
  expect(new URL(location, 'https://a.example/outer/manage/tokens').pathname).toBe(
    `/outer/manage/tokens/${made.body.id}`,
  )
  const rotated = await ask(harness, 'user', 'POST', `/tokens/${made.body.id}/rotate`, {})
  expect([rotated.status, rotated.headers.has('location')]).toEqual([200, false])
})

test('a merge patch changes what it names, and null clears what may be empty', async () => {
  const harness = await createHarness()
  const path = `/tokens/${harness.active.id}`
  const patch = (body: unknown, type: string) => ask(harness, 'user', 'PATCH', path, body, { 'content-type': type })
  const merge = 'application/merge-patch+json'
  expect((await patch({ description: 'x' }, merge)).body).toMatchObject({ description: 'x', scopes: ['drive:read'] })
  expect((await patch({ description: null }, `${merge}; charset=utf-8`)).body.description).toBe(null)
  const refused = await patch({ name: null }, merge)
  expect([refused.status, refused.body.errors[0].field]).toEqual([400, 'name'])
  const other = await patch({ name: 'a' }, 'application/json-patch+json')
  expect([other.status, other.headers.get('accept-patch')]).toEqual([415, `application/json, ${merge}`])
  expect(other.body.detail).toContain(merge)
  const posted = await ask(harness, 'user', 'POST', '/tokens', { name: 'a' }, { 'content-type': merge })
  expect([posted.status, posted.headers.has('accept-patch')]).toEqual([415, false])
})

test('challenges have the realm and the metadata of the verifier, and its defaults without one', async () => {
  const harness = await createHarness()
  const options = { realm: 'acme', resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource' }
  const verifier = createVerifier({ ...harness.tokens.verifierOptions, ...options })
  const challenge = async (
    api: Awaited<ReturnType<typeof createHarness>>['api'],
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const answer = await ask({ api, headersOf: () => headers }, 'none', 'GET', '/tokens', undefined, {
      'x-request-id': 'r1',
    })
    return [answer.headers.get('www-authenticate'), answer.body.code, answer.body.request_id]
  }
  const api = createApi({ tokens: harness.tokens, verifier, authenticate: () => null, basePath: '/manage' })
  const expected = `Bearer realm="acme", resource_metadata="${options.resourceMetadata}"`
  expect(await challenge(api)).toEqual([expected, 'missing_token', 'r1'])
  const without = createApi({ tokens: harness.tokens, authenticate: () => null, basePath: '/manage' })
  expect(await challenge(without)).toEqual(['Bearer realm="api"', 'missing_token', 'r1'])
})

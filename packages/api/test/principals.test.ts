import { type Caller, createApi, tokenCallers } from '@patkit/api'
import { createVerifier } from '@patkit/core'
import { expect, test } from 'vitest'
import { ADA, ask, createHarness, type Harness, NOW } from './harness.ts'

const ADMIN = { id: 'root', scopes: null }
const of = (id: string) => ({ organizationId: 'acme', principalId: id })

test('an administrator adds, changes, disables and enables a principal', async () => {
  const harness = await createHarness()
  const put = (body: object) => ask(harness, 'admin', 'PUT', '/principals/zoe', body)
  const made = await put({ kind: 'service', ceiling: ['drive:read'] })
  expect([made.status, made.body]).toEqual([
    201,
    { id: 'zoe', kind: 'service', ceiling: ['drive:read'], disabled_at: null },
  ])
  expect(new URL(made.headers.get('location') ?? '', 'http://localhost/manage/principals/zoe').pathname).toBe(
    '/manage/principals/zoe',
  )
  const at = new Date(NOW).toISOString()
  expect((await ask(harness, 'admin', 'PATCH', '/principals/zoe', { disabled_at: at })).body.disabled_at).toBe(at)
  const again = await put({ kind: 'service', ceiling: ['drive:write'] })
  expect([again.status, again.body.disabled_at, again.body.ceiling]).toEqual([200, at, ['drive:write']])
  expect((await put({ kind: 'service', ceiling: null, disabled_at: null })).body).toMatchObject({
    disabled_at: null,
    ceiling: null,
  })
  expect((await ask(harness, 'admin', 'GET', '/principals/zoe')).body).toMatchObject({ id: 'zoe', kind: 'service' })
  const { body } = await ask(harness, 'admin', 'GET', '/principals?kind=service')
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['robot', 'zoe'])
  const { items } = await harness.tokens.audit.list(of('zoe'))
  expect(items.length).toBe(4)
})

test.each([
  ['no kind', 'PUT', { ceiling: null }, 400, 'kind'],
  ['no ceiling', 'PUT', { kind: 'user' }, 400, 'ceiling'],
  ['an organization', 'PUT', { kind: 'user', ceiling: null, organization_id: 'other' }, 400, 'organization_id'],
  ['a scope with a space', 'PATCH', { ceiling: ['a b'] }, 400, 'ceiling/0'],
  ['a date without an offset', 'PATCH', { disabled_at: '2026-01-01T00:00:00' }, 400, 'disabled_at'],
  ['a date before 1970', 'PATCH', { disabled_at: '1960-01-01T00:00:00Z' }, 400, 'disabled_at'],
  ['a kind in a PATCH', 'PATCH', { kind: 'service' }, 400, 'kind'],
  ['another kind', 'PUT', { kind: 'service', ceiling: null }, 409, null],
])('%s is refused, and nothing is written', async (_, method, body, status, field) => {
  const harness = await createHarness()
  const answer = await ask(harness, 'admin', method, '/principals/ada', body)
  expect([answer.status, answer.body.errors?.[0].field ?? null], answer.text).toEqual([status, field])
  expect(await harness.tokens.getPrincipal(ADA)).toMatchObject({ kind: 'user', ceiling: null, disabledAt: null })
})

test('an id that cannot be one is refused', async () => {
  const harness = await createHarness()
  const answer = await ask(harness, 'admin', 'PUT', `/principals/${'x'.repeat(129)}`, { kind: 'user', ceiling: null })
  expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'principal_id'])
})

test('a principal is made once, and a change that changes nothing is on no record', async () => {
  const harness = await createHarness()
  const put = () => ask(harness, 'admin', 'PUT', '/principals/zoe', { kind: 'user', ceiling: ['a'] })
  const statuses = (await Promise.all([put(), put(), put()])).map(({ status }) => status)
  expect(statuses.every((status) => status === 201 || status === 200)).toBe(true)
  await put()
  expect((await harness.tokens.audit.list(of('zoe'))).items.length).toBe(1)
})

test.each([
  ['?events=keep', 'ada', 5],
  ['?events=pseudonymise', null, 5],
  ['?events=erase', null, 0],
] as const)(
  'DELETE%s removes the principal with its tokens, and does what it says with its events',
  async (query, name, least) => {
    const harness = await createHarness()
    const before = await harness.tokens.list({ organizationId: 'acme' })
    const erased = await ask(harness, 'admin', 'DELETE', `/principals/ada${query}`)
    expect([erased.status, erased.body.tokens]).toEqual([200, 4])
    if (name === null) expect(erased.body.recorded_as).toMatch(/^erased-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    else expect(erased.body.recorded_as).toBe(name)
    expect((await ask(harness, 'admin', 'GET', '/principals/ada')).status).toBe(404)
    expect((await harness.tokens.list({ organizationId: 'acme' })).total).toBe(before.total - 4)
    const { items } = await harness.tokens.audit.list(of(erased.body.recorded_as), { limit: 100 })
    expect(items.length).toBeGreaterThanOrEqual(least)
    if (name === null) expect((await harness.tokens.audit.list(ADA)).items).toEqual([])
    expect((await ask(harness, 'plainToken', 'GET', '/self')).status).toBe(401)
    expect((await ask(harness, 'admin', 'DELETE', `/principals/ada${query}`)).status).toBe(404)
  },
)

test.each(['', '?events=', '?events=all', '?events=keep&events=erase'])(
  'DELETE%s is refused, and removes nothing',
  async (query) => {
    const harness = await createHarness()
    const before = await harness.everything()
    const refused = await ask(harness, 'admin', 'DELETE', `/principals/ada${query}`)
    expect([refused.status, refused.body.errors[0].field, await harness.everything()]).toEqual([400, 'events', before])
  },
)

test('a caller cannot add scopes to a ceiling that it does not hold', async () => {
  const harness = await createHarness()
  await harness.tokens.putPrincipal(ADMIN, { ...of('zoe'), kind: 'user', disabledAt: null, ceiling: ['drive:read'] })
  const caller: Caller = { ...of('root'), id: 'root', scopes: ['mail:send'], manages: null, administers: true }
  const api = createApi({ tokens: harness.tokens, authenticate: () => caller, basePath: '/manage' })
  const patch = (body: object) => ask({ api, headersOf: () => ({}) }, 'none', 'PATCH', '/principals/zoe', body)
  for (const ceiling of [null, ['drive:read', 'drive:write']]) {
    const refused = await patch({ ceiling })
    expect([refused.status, refused.body.code, refused.body.errors[0].field]).toEqual([
      403,
      'scope_not_held',
      'ceiling',
    ])
  }
  expect((await patch({ ceiling: ['drive:read', 'mail:send'] })).status).toBe(200)
  const made = await ask({ api, headersOf: () => ({}) }, 'none', 'PUT', '/principals/new', {
    kind: 'user',
    ceiling: null,
  })
  expect(made.status).toBe(403)
  await expect(harness.tokens.getPrincipal(of('new'))).rejects.toMatchObject({ code: 'ERR_PAT_PRINCIPAL_NOT_FOUND' })
})

/** Every verb on principals, the one that removes last. */
const ON_PRINCIPALS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['GET', '/principals'],
  ['GET', '/principals/bob'],
  ['PUT', '/principals/bob', { kind: 'user', ceiling: null }],
  ['PATCH', '/principals/bob', { ceiling: [] }],
  ['DELETE', '/principals/bob?events=keep'],
]

async function administering(harness: Harness, principalScopeOf?: () => string | null) {
  const verifier = createVerifier(harness.tokens.verifierOptions)
  const authenticate = tokenCallers({
    verifier,
    scopeOf: () => 'tokens:manage',
    callerOf: ({ organizationId, principalId }) => ({
      ...{ organizationId, principalId, id: principalId, scopes: null, manages: null },
      administers: true,
    }),
    ...(principalScopeOf !== undefined && { principalScopeOf }),
  })
  const api = createApi({ tokens: harness.tokens, authenticate, basePath: '/manage' })
  return (scopes: readonly string[]) =>
    harness.tokens.create(ADMIN, ADA, { name: 'a', scopes }).then(({ secret }) => {
      const headersOf = () => ({ authorization: `Bearer ${secret.reveal()}` })
      return (method: string, body?: object, path = '/principals/bob') =>
        ask({ api, headersOf }, 'none', method, path, body)
    })
}

test('a token of an administrator reads and changes principals only with the scope that is named for it', async () => {
  const harness = await createHarness()
  const by = await administering(harness, () => 'principals:manage')
  const [without, held] = [await by(['tokens:manage']), await by(['tokens:manage', 'principals:manage'])]
  for (const [method, path, body] of ON_PRINCIPALS) {
    const refused = await without(method, body, path)
    expect([method, refused.status, refused.body.code]).toEqual([method, 403, 'insufficient_scope'])
    expect(refused.headers.get('www-authenticate')).toContain('scope="principals:manage"')
    expect([method, (await held(method, body, path)).status]).toEqual([method, 200])
  }
})

test('where no scope is named, no token does; where the record says enough, each of an administrator does', async () => {
  const harness = await createHarness()
  const unnamed = await (await administering(harness))(['tokens:manage', 'principals:manage'])
  const enough = await (await administering(harness, () => null))(['tokens:manage'])
  for (const [method, path, body] of ON_PRINCIPALS) {
    expect(await unnamed(method, body, path)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect([method, (await enough(method, body, path)).status]).toEqual([method, 200])
  }
})

test('a token that the application lets in by itself reads and changes no principal', async () => {
  const harness = await createHarness()
  const caller: Caller = { ...of('root'), id: 'root', scopes: null, manages: null, administers: true }
  const api = createApi({ tokens: harness.tokens, authenticate: () => caller, basePath: '/manage' })
  const askAs = (headers: Readonly<Record<string, string>>, method: string, path: string, body?: object) =>
    ask({ api, headersOf: () => headers }, 'none', method, path, body)
  for (const [method, path, body] of ON_PRINCIPALS) {
    expect((await askAs(harness.headersOf('managingToken'), method, path, body)).status).toBe(403)
    expect([method, (await askAs({}, method, path, body)).status]).toEqual([method, 200])
  }
})

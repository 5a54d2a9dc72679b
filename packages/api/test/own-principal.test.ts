import { type Caller, createApi, hasBearerToken, tokenCallers } from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore, type NewPrincipal } from '@patkit/tokens'
import { expect, test } from 'vitest'

const TRUSTED = { id: 'root', scopes: null }
const ADA = { organizationId: 'acme', principalId: 'ada' }
const PRINCIPAL: NewPrincipal = { kind: 'user', ceiling: ['drive:read', 'tokens:manage'] }

/** An application whose users have sessions, and no principals yet. */
function createHarness(principal: unknown = PRINCIPAL) {
  const store = memoryStore()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
  const verifier = createVerifier(tokens.verifierOptions)
  const faults: unknown[] = []
  const own = (principal === null ? {} : { principal }) as Pick<Caller, 'principal'>
  const caller: Caller = { ...ADA, ...own, id: 'ada', scopes: null, manages: () => true, administers: true }
  const byToken = tokenCallers({
    verifier,
    scopeOf: () => null,
    callerOf: ({ scopes, organizationId }) => ({ ...caller, organizationId, principalId: 'bob', scopes }),
  })
  const api = createApi({
    tokens,
    authenticate: (arriving) => (hasBearerToken(arriving.request) ? byToken(arriving) : caller),
    onError: (fault) => faults.push(fault),
  })
  const post = async (path: string, body: object, headers: object = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }
    const response = await api.fetch(new Request(`http://localhost${path}`, init))
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const principals = async () => (await tokens.listPrincipals(ADA)).items
  const events = async () => (await tokens.audit.list(ADA, { outcome: 'changed' })).items
  return { tokens, store, api, post, principals, events, faults, caller }
}

test('the first token of a session makes its principal, as the session code says and on record', async () => {
  const { post, principals, events } = createHarness()
  const made = await post('/tokens', { name: 'a', scopes: ['drive:read'], user_id: 'ada' })
  expect([made.status, made.body.user_id]).toEqual([201, 'ada'])
  expect(await principals()).toEqual([{ ...ADA, ...PRINCIPAL, disabledAt: null }])
  expect(await events()).toMatchObject([
    { action: 'create', actorId: 'ada' },
    { action: 'principal', actorId: 'ada', fields: ['kind', 'disabledAt', 'ceiling'] },
  ])
  expect((await post('/tokens', { name: 'b' })).status).toBe(201)
  expect(await events()).toHaveLength(3)
})

test('of first requests at once one makes the principal, and all make their tokens', async () => {
  const { post, principals, events, tokens } = createHarness()
  const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => post('/tokens', { name: `t${n}` })))
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201))
  expect(await principals()).toHaveLength(1)
  expect((await tokens.list(ADA)).total).toBe(8)
  expect((await events()).filter((event) => event.kind === 'change' && event.action === 'principal')).toHaveLength(1)
})

test.each([
  ['a bad name', { name: '' }, 400, 'invalid_input'],
  ['a scope beyond the ceiling', { name: 'a', scopes: ['drive:write'] }, 403, 'scope_not_held'],
  ['a user who is not there', { name: 'a', user_id: 'eve' }, 400, 'user_not_found'],
  ['an owner in the body', { name: 'a', principal_id: 'eve', principal: PRINCIPAL }, 400, 'invalid_input'],
])('a request that is refused for %s makes no principal', async (_, body, status, code) => {
  const { post, principals, events } = createHarness()
  const refused = await post('/tokens', body)
  expect([refused.status, refused.body.code]).toEqual([status, code])
  expect([await principals(), await events()]).toEqual([[], []])
})

test('one that is there stays as it is, also disabled', async () => {
  const { post, tokens, principals } = createHarness()
  const disabled = { ...ADA, kind: 'service', disabledAt: new Date(0), ceiling: ['a'] } as const
  await tokens.putPrincipal(TRUSTED, disabled)
  const refused = await post('/tokens', { name: 'a' })
  expect([refused.status, refused.body.code]).toEqual([409, 'principal_disabled'])
  expect(await principals()).toEqual([disabled])
  await tokens.putPrincipal(TRUSTED, { ...disabled, disabledAt: null })
  expect((await post('/tokens', { name: 'a', scopes: ['drive:read'] })).body.code).toBe('scope_not_held')
})

test('one that is disabled while it is made stays disabled, and gets no token', async () => {
  const { post, tokens, store, principals, caller } = createHarness()
  const disabled = { ...ADA, ...PRINCIPAL, disabledAt: new Date(0) }
  const racing = createTokenService({
    format: tokenFormat({ prefix: 'acme' }),
    store: {
      ...store,
      async insertPrincipal(principal, event) {
        await tokens.putPrincipal(TRUSTED, disabled)
        return store.insertPrincipal(principal, event)
      },
    },
  })
  await expect(racing.create({ id: caller.id, scopes: null }, ADA, { name: 'a' }, PRINCIPAL)).rejects.toMatchObject({
    code: 'ERR_PAT_PRINCIPAL_DISABLED',
  })
  expect(await principals()).toEqual([disabled])
  expect((await post('/tokens', { name: 'a' })).status).toBe(409)
})

test('without a word of the session code it is 409 with what to do', async () => {
  const { post, principals } = createHarness(null)
  const refused = await post('/tokens', { name: 'a' })
  expect([refused.status, refused.body.code]).toEqual([409, 'principal_missing'])
  expect(refused.body.detail).toMatch(/putPrincipal.*"principal".*"authenticate"/)
  expect(await principals()).toEqual([])
})

test('elsewhere an unknown principal is 404, its own included', async () => {
  const { post, principals } = createHarness()
  for (const id of ['ada', 'eve']) {
    const refused = await post(`/principals/${id}/tokens`, { name: 'a' })
    expect([refused.status, refused.body.code]).toEqual([404, 'not_found'])
  }
  expect((await post('/tokens/none/rotate', {})).status).toBe(404)
  expect(await principals()).toEqual([])
})

test('a caller known by a token creates no principal, even if its host allows it', async () => {
  const { post, tokens, principals, caller } = createHarness()
  await tokens.putPrincipal(TRUSTED, { ...ADA, principalId: 'eve', kind: 'user', disabledAt: null, ceiling: null })
  const { secret } = await tokens.create(TRUSTED, { ...ADA, principalId: 'eve' }, { name: 'a' })
  const authorization = `Bearer ${secret.reveal()}`
  const refused = await post('/tokens', { name: 'a' }, { authorization })
  expect([refused.status, refused.body.code]).toEqual([409, 'principal_missing'])
  // A host that looks at the token itself.
  const api = createApi({ tokens, authenticate: () => ({ ...caller, principalId: 'bob' }) })
  const init = { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: '{"name":"a"}' }
  expect((await api.fetch(new Request('http://localhost/tokens', init))).status).toBe(409)
  expect((await principals()).map(({ principalId }) => principalId)).toEqual(['eve'])
})

test.each([
  { kind: 'user' },
  { kind: 'admin', ceiling: null },
  { kind: 'user', ceiling: 'drive:read' },
  { kind: 'user', ceiling: ['a b'] },
  { kind: 'user', ceiling: null, principalId: 'eve' },
  { kind: 'user', ceiling: null, disabledAt: null },
])('the principal %j is a mistake of the host, which is reported', async (principal) => {
  const { post, principals, faults } = createHarness(principal)
  expect((await post('/tokens', { name: 'a' })).status).toBe(503)
  expect(faults).toEqual([expect.any(TypeError)])
  expect(await principals()).toEqual([])
})

test('ensurePrincipal gives back the principal that is there', async () => {
  const { tokens, events } = createHarness()
  const made = { ...ADA, ...PRINCIPAL, disabledAt: null }
  expect(await tokens.ensurePrincipal(TRUSTED, ADA, PRINCIPAL)).toEqual(made)
  expect(await tokens.ensurePrincipal(TRUSTED, ADA, { kind: 'service', ceiling: null })).toEqual(made)
  expect(await events()).toHaveLength(1)
  await expect(tokens.ensurePrincipal(TRUSTED, ADA, { ...PRINCIPAL, kind: 'x' as never })).rejects.toMatchObject({
    field: 'kind',
  })
  const more = { ...PRINCIPAL, disabledAt: null, role: 'admin' } as never
  await expect(tokens.ensurePrincipal(TRUSTED, ADA, more)).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID' })
})

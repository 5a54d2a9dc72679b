import { type Caller, createApi, tokenCallers } from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'

const ACTOR = { id: 'root', scopes: null }

async function createHarness() {
  const store = memoryStore()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'required', sink: store.audit } })
  for (const principalId of ['ada', 'bob']) {
    await tokens.putPrincipal(ACTOR, {
      organizationId: 'acme',
      principalId,
      kind: 'user',
      disabledAt: null,
      ceiling: null,
    })
  }
  const owner = { organizationId: 'acme', principalId: 'ada' }
  const { secret } = await tokens.create(ACTOR, owner, { name: 'admin', scopes: ['tokens:manage', 'drive:read'] })
  const plain = await tokens.create(ACTOR, owner, { name: 'plain', scopes: ['drive:read'] })
  const api = createApi({
    tokens,
    verifier,
    basePath: '/manage',
    authenticate: tokenCallers({
      verifier,
      scopeOf: () => 'tokens:manage',
      callerOf: (record): Caller => ({
        id: record.principalId,
        organizationId: record.organizationId,
        principalId: record.principalId,
        scopes: record.scopes,
        manages: null,
        administers: record.principalId === 'ada',
      }),
    }),
  })
  const ask = async (method: string, path: string, body?: unknown, token = secret.reveal()) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const response = await api.fetch(new Request(`http://localhost/manage${path}`, init))
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }
  return { tokens, api, ask, plain: plain.secret.reveal() }
}

test('a token is made, listed, rotated, revoked and deleted', async () => {
  const { ask } = await createHarness()
  const made = await ask('POST', '/tokens', { name: 'ci', scopes: ['drive:read'], expires_in_days: 30 })
  expect(made.status).toBe(201)
  expect(made.body.secret).toMatch(/^acme_/)
  expect(made.headers.get('cache-control')).toBe('no-store')
  const listed = await ask('GET', '/tokens?limit=2')
  expect(listed.body).toMatchObject({ total: 3, items: [{ name: 'ci' }, {}] })
  expect(JSON.stringify(listed.body)).not.toContain('secret')
  const rotated = await ask('POST', `/tokens/${made.body.id}/rotate`)
  expect(rotated.body.secret).not.toBe(made.body.secret)
  const blank = await ask('POST', `/tokens/${made.body.id}/revoke`, { reason: ' ' })
  expect(blank).toMatchObject({ status: 400, body: { errors: [{ field: 'reason' }] } })
  const lost = { reason: 'The laptop was lost' }
  expect((await ask('POST', `/tokens/${made.body.id}/revoke`, lost)).body.status).toBe('revoked')
  const events = await ask('GET', `/tokens/${made.body.id}/events`)
  expect(events.body.items[0]).toMatchObject({ outcome: 'revoke', ...lost })
  expect((await ask('DELETE', `/tokens/${made.body.id}`)).status).toBe(204)
  expect((await ask('GET', `/tokens/${made.body.id}`)).status).toBe(404)
})

test.each([
  ['POST', '/tokens', { name: '' }, 400, 'name'],
  ['POST', '/tokens', { name: 'a', role: 'admin' }, 400, 'role'],
  ['POST', '/tokens', { name: 'a', ip_allowlist: ['010.0.0.1'] }, 400, 'ip_allowlist/0'],
  ['POST', '/tokens', { name: 'a', user_id: 'eve' }, 400, 'user_id'],
  ['POST', '/tokens', { name: 'a', expires_at: '2030-02-30T00:00:00Z' }, 400, 'expires_at'],
  ['POST', '/tokens', { name: 'a', scopes: ['other'] }, 403, 'scopes'],
  ['GET', '/tokens?limit=101', undefined, 400, 'limit'],
  ['GET', '/tokens?limit=1&limit=2', undefined, 400, 'limit'],
])('%s %s %j is %i naming %s', async (method, path, body, status, field) => {
  const { ask } = await createHarness()
  const answer = await ask(method, path, body)
  expect(answer).toMatchObject({ status, body: { status, errors: [{ field }] } })
})

test('a token without the scope for it manages nothing, and can ask about itself', async () => {
  const { ask, plain } = await createHarness()
  expect((await ask('GET', '/tokens', undefined, plain)).status).toBe(403)
  expect((await ask('GET', '/self', undefined, plain)).body).toMatchObject({ name: 'plain', status: 'active' })
  expect((await ask('POST', '/self/revoke', {}, plain)).status).toBe(200)
  expect((await ask('GET', '/self', undefined, plain)).status).toBe(401)
})

test('an unknown path is 404, and a wrong method is 405 with the allowed ones', async () => {
  const { ask } = await createHarness()
  expect((await ask('GET', '/nothing')).status).toBe(404)
  const put = await ask('PUT', '/tokens')
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST, GET'])
})

test('the document has every route', async () => {
  const { api, ask } = await createHarness()
  const { body } = await ask('GET', '/openapi.json')
  const operations = Object.values(body.paths as object).flatMap((path) => Object.values(path as object))
  expect(operations.length).toBe(api.routes.length)
  expect(body.components.schemas.Token.properties.created_at).toEqual({
    type: 'string',
    format: 'date-time',
    example: '2030-01-31T12:00:00Z',
  })
})

test('a token cannot act for a user that its maker may not act for; the answer is that of an unknown user', async () => {
  const { ask } = await createHarness()
  const asBob = await ask('POST', '/tokens', { name: 'a', user_id: 'bob' })
  const asNobody = await ask('POST', '/tokens', { name: 'a', user_id: 'nobody' })
  expect([asBob.status, asBob.body]).toEqual([400, asNobody.body])
  expect((await ask('POST', '/tokens', { name: 'a', user_id: 'ada' })).status).toBe(201)
})

test('a secret that is on its way out makes no other one', async () => {
  const { ask, tokens } = await createHarness()
  const owner = { organizationId: 'acme', principalId: 'ada' }
  const { token, secret } = await tokens.create(ACTOR, owner, { name: 'a' })
  const newer = await tokens.rotate(ACTOR, owner, token.id, { overlapSeconds: 3600 })
  const refused = await ask('POST', '/self/rotate', {}, secret.reveal())
  expect([refused.status, refused.body.code]).toEqual([409, 'superseded'])
  expect((await ask('GET', '/self', undefined, newer.secret.reveal())).status).toBe(200)
})

test('a caller that manages no principals does not learn which ones exist', async () => {
  const { ask } = await createHarness()
  const [known, unknown] = [await ask('GET', '/principals/bob/tokens'), await ask('GET', '/principals/eve/tokens')]
  expect([known.status, known.body]).toEqual([403, unknown.body])
})

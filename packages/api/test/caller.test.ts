import { createApi, tokenCallers } from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { actingAs } from '@patkit/core/testing'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'

test('who may manage others can depend on a scope, and a denial names it and is on record', async () => {
  const store = memoryStore()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
  const verifier = createVerifier({ ...tokens.verifierOptions, audit: { mode: 'required', sink: store.audit } })
  const root = { id: 'root', scopes: null }
  const owner = { organizationId: 'acme', principalId: 'ada' }
  await tokens.putPrincipal(root, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  await tokens.putPrincipal(root, { ...owner, principalId: 'ci', kind: 'service', disabledAt: null, ceiling: null })
  const authenticate = tokenCallers({
    verifier,
    scopeOf: () => null,
    callerOf: ({ principalId, organizationId, scopes }, permits) => ({
      ...{ id: principalId, principalId, organizationId, scopes, administers: false },
      manages: () => permits('services:manage'),
    }),
  })
  const api = createApi({ tokens, verifier, authenticate })
  const ask = async (scopes: readonly string[]) => {
    const { secret } = await tokens.create(root, owner, { name: 'a', scopes })
    const headers = { authorization: `Bearer ${secret.reveal()}` }
    return api.fetch(new Request('http://localhost/principals/ci/tokens', { headers }))
  }
  expect((await ask(['services:manage'])).status).toBe(200)
  const refused = await ask(['services'])
  expect(refused.status).toBe(403)
  expect(refused.headers.get('www-authenticate')).toContain('scope="services:manage"')
  const { items } = await tokens.audit.list(owner, { outcome: 'denied' })
  expect(items).toMatchObject([{ kind: 'refused', outcome: 'insufficient_scope', requiredScopes: ['services:manage'] }])
})

test('a token whose holder may manage nothing is refused, not unknown', async () => {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
  const verifier = actingAs({ scopes: ['tokens:manage'] })
  const authenticate = tokenCallers({ verifier, scopeOf: () => 'tokens:manage', callerOf: () => null })
  const response = await createApi({ tokens, authenticate }).fetch(new Request('http://localhost/tokens'))
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, null])
})

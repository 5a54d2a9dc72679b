import { createApi, heldScopes, tokenCallers } from '@patkit/api'
import { actingAs, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'

const RECORD = {
  id: 'tok_1',
  digest: '0'.repeat(64),
  scopes: ['drive:read', 'drive:write', 'sites:*'],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: null,
}

test('what a token can give away ends where the ceiling of its owner does', () => {
  expect(heldScopes(RECORD)).toEqual(RECORD.scopes)
  expect(heldScopes({ ...RECORD, ceiling: [] })).toEqual([])
  expect(heldScopes({ ...RECORD, ceiling: ['drive:write', 'sites:read'] })).toEqual(['drive:write'])
  const rules = { wildcards: true, implies: { 'drive:write': ['drive:read'] } }
  expect(heldScopes({ ...RECORD, ceiling: ['drive:write', '*'] }, rules)).toEqual(RECORD.scopes)
})

test('a token whose holder may manage nothing is refused, not unknown', async () => {
  const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme' }) })
  const verifier = actingAs({ scopes: ['tokens:manage'] })
  const authenticate = tokenCallers({ verifier, scopeOf: () => 'tokens:manage', callerOf: () => null })
  const response = await createApi({ tokens, authenticate }).fetch(new Request('http://localhost/tokens'))
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, null])
})

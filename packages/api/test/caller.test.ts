import { heldScopes } from '@patkit/api'
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

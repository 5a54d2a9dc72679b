import { appendVary } from '@patkit/core/adapter'
import { expect, test } from 'vitest'
import { createApi } from './api.ts'

test.each([
  [null, 'Authorization', 'Authorization'],
  ['', 'Authorization', 'Authorization'],
  ['Accept-Encoding', 'Authorization', 'Accept-Encoding, Authorization'],
  ['accept, AUTHORIZATION', 'Authorization, X-Api-Key', 'accept, AUTHORIZATION, X-Api-Key'],
  ['*', 'Authorization', '*'],
])('a Vary of %j with %j is %j', (present, more, expected) => {
  expect(appendVary(present, more)).toBe(expected)
})

test('names each header that is looked at for a credential once, and no forwarding header', () => {
  const varies = (options: object) => createApi({ trustedProxies: ['10.0.0.0/8'], ...options }).verifier.vary
  expect(varies({})).toBe('Authorization')
  expect(varies({ header: 'x-api-key' })).toBe('X-Api-Key')
  const credentials = [
    { header: 'authorization', scheme: 'Bearer' },
    { header: 'Authorization', scheme: 'Token' },
    { header: 'x-key' },
  ]
  expect(varies({ credentials })).toBe('Authorization, X-Key')
})

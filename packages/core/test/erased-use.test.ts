import { erasedUse, type SinkErasure, type UseEvent } from '@patkit/core/adapter'
import { expect, test } from 'vitest'
import { NOON } from './api.ts'

const ERASURE: SinkErasure = { organizationId: 'acme', principalId: 'ada', pseudonym: 'erased-1', events: 'erase' }

function use(principalId: string, userId: string | null): UseEvent {
  const request = { id: 'r1', method: 'GET', path: '/ada', route: '/:user', userAgent: 'ada' }
  return {
    ...{ id: '1', at: new Date(NOON), kind: 'use', outcome: 'allowed', tokenId: 't1', organizationId: 'acme' },
    ...{ principalId, userId, clientIp: '203.0.113.9', requiredScopes: [], missingScopes: [], request },
    ...{ count: 1, withdraws: null },
  } as UseEvent
}

test.each([
  ['erase', use('ada', null), null],
  ['erase', use('ada', 'bob'), null],
  ['erase', use('ci', 'ada'), ['ci', 'erased-1']],
  ['pseudonymise', use('ada', null), ['erased-1', null]],
  ['pseudonymise', use('ada', 'ada'), ['erased-1', 'erased-1']],
  ['pseudonymise', use('ci', 'ada'), ['ci', 'erased-1']],
] as const)('%s: %#', (events, event, ids) => {
  const erased = erasedUse({ ...ERASURE, events }, event)
  if (ids === null) return expect(erased).toBeNull()
  const [principalId, userId] = ids
  const request = { ...event.request, path: null, userAgent: null }
  expect(erased).toEqual({ ...event, principalId, userId, clientIp: null, request })
})

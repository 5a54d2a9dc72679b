import type { UseEvent } from '@patkit/core/adapter'
import type { ChangeEvent } from '@patkit/tokens'

/** An allowed use of ada's token, with what a test needs of it. */
export function useEvent(values: Pick<UseEvent, 'id' | 'at'> & Partial<UseEvent>): UseEvent {
  return {
    kind: 'use',
    outcome: 'allowed',
    tokenId: 'token-1',
    principalId: 'ada',
    organizationId: 'acme',
    userId: null,
    clientIp: null,
    requiredScopes: [],
    missingScopes: [],
    request: { id: null, method: 'GET', path: '/', route: null, userAgent: null },
    count: 1,
    withdraws: null,
    ...values,
  }
}

/** A change of ada, by herself, with what a test needs of it. */
export function changeEvent(values: Pick<ChangeEvent, 'id' | 'action'> & Partial<ChangeEvent>): ChangeEvent {
  return {
    kind: 'change',
    at: new Date(0),
    actorId: 'ada',
    tokenId: null,
    principalId: 'ada',
    organizationId: 'acme',
    fields: [],
    reason: null,
    clientIp: null,
    ...values,
  }
}

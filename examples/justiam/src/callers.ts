import { type Authenticate, tokenCallers } from '@patkit/api'
import type { Verifier } from '@patkit/core'
import type { StoredRecord } from '@patkit/tokens'

/**
 * A PAT and a JWT of one user are the same caller. A service account's tokens are for those who may use
 * `service_accounts.tokens` at that moment.
 */
export function callersOf(verifier: Verifier<StoredRecord>): Authenticate {
  return tokenCallers({
    verifier,
    // "The same privileges as the owning user": managing its tokens is one of them, and takes no permission.
    scopeOf: () => null,
    callerOf: ({ principalId, organizationId, scopes }, permits) => ({
      ...{ id: principalId, organizationId, principalId, scopes },
      manages: () => permits('service_accounts.tokens'),
      administers: false,
    }),
  })
}

import { type Authenticate, tokenCallers } from '@patkit/api'
import type { Verifier } from '@patkit/core'
import type { StoredRecord } from '@patkit/tokens'
import type { Directory } from './directory.ts'

/**
 * A PAT and a JWT of one user are the same caller. A service account's tokens are for those who may use
 * `service_accounts.tokens` at that moment, the service account itself included.
 */
export function callersOf(verifier: Verifier<StoredRecord>, directory: Directory): Authenticate {
  return tokenCallers({
    verifier,
    // "The same privileges as the owning user": managing its tokens is one of them, and takes no permission.
    scopeOf: () => null,
    async callerOf({ principalId: id, organizationId, scopes }, permits) {
      const isUser = (await directory.find(id))?.kind === 'user'
      return {
        // A service account has no tokens of its own to manage: its PAT would renew itself, for a thief, too.
        ...{ id, organizationId, principalId: isUser ? id : null, scopes },
        manages: () => permits('service_accounts.tokens'),
        administers: false,
      }
    },
  })
}

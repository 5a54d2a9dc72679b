import { type Authenticate, tokenCallers } from '@patkit/api'
import { effectiveScopes, type Verifier } from '@patkit/core'
import type { StoredRecord } from '@patkit/tokens'
import { MANAGE_PATS } from './scope.ts'

/** A user with a JWT holds every scope. A PAT that may manage PATs can pass on its own scopes. */
export function callers(verifier: Verifier<StoredRecord>): Authenticate {
  return tokenCallers({
    verifier,
    scopeOf: () => MANAGE_PATS,
    callerOf: (record) => ({
      id: record.principalId,
      organizationId: record.organizationId,
      principalId: record.principalId,
      scopes: effectiveScopes(record, { wildcards: true }),
      manages: null,
      administers: false,
    }),
  })
}

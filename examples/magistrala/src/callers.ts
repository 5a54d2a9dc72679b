import { type Authenticate, tokenCallers } from '@patkit/api'
import { effectiveScopes, type Verifier } from '@patkit/core'
import type { StoredRecord } from '@patkit/tokens'
import { MANAGE_PATS } from './scope.ts'

/** Who asks: a user with a JWT, who holds every scope, or a PAT that may manage PATs, which can pass on what it holds. */
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

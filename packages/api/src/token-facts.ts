import { effectiveScopes } from '@patkit/core'
import type { ScopeOptions } from '@patkit/core/adapter'
import type { StoredRecord } from '@patkit/tokens'

/** Facts about a token for an external decision. */
export interface TokenFacts {
  readonly id: string
  readonly principalId: string
  readonly userId: string | null
  /** Its effective scopes: those that its owner's ceiling covers at present. */
  readonly scopes: readonly string[]
  readonly issuedAt: Date
  /** When it ends, or its secret does where that is earlier. */
  readonly endsAt: Date | null
}

export function tokenFacts(record: StoredRecord, { wildcards = false, implies = {} }: ScopeOptions): TokenFacts {
  const { id, principalId, userId, issuedAt } = record
  return {
    id,
    principalId,
    userId,
    issuedAt,
    scopes: effectiveScopes(record, { wildcards, implies }),
    endsAt: endOf(record),
  }
}

function endOf({ expiresAt, secretEndsAt }: StoredRecord): Date | null {
  if (expiresAt === null || secretEndsAt === null) return expiresAt ?? secretEndsAt
  return expiresAt < secretEndsAt ? expiresAt : secretEndsAt
}

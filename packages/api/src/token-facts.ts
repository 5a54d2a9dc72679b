import { type ScopeOptions, type TokenRecord, uncoveredScopes } from '@patkit/core'
import type { StoredRecord } from '@patkit/tokens'

/** What is said of a token to those who decide by it. */
export interface TokenFacts {
  readonly id: string
  readonly principalId: string
  readonly userId: string | null
  /** What it may do now: what both its own scopes and its owner's ceiling cover. */
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
    scopes: heldScopes(record, { wildcards, implies }),
    endsAt: endOf(record),
  }
}

/** Its own scopes under its owner's ceiling. Wildcards may stand on either side: what one has and the other covers counts. */
export function heldScopes({ scopes, ceiling }: Readonly<TokenRecord>, rules: ScopeOptions): readonly string[] {
  if (ceiling === undefined) return scopes
  const own = new Set(scopes)
  for (const scope of uncoveredScopes(ceiling, scopes, rules)) own.delete(scope)
  const owners = new Set(ceiling)
  for (const scope of uncoveredScopes(scopes, ceiling, rules)) owners.delete(scope)
  return [...new Set([...own, ...owners])]
}

function endOf({ expiresAt, secretEndsAt }: StoredRecord): Date | null {
  if (expiresAt === null || secretEndsAt === null) return expiresAt ?? secretEndsAt
  return expiresAt < secretEndsAt ? expiresAt : secretEndsAt
}

import { uncoveredScopes } from '@patkit/core/adapter'
import type { ServiceSettings } from '../service-options.ts'
import type { ScopeUse } from '../stores/token-store.ts'

/** The scopes that guards have required of one token, until they are written. */
export interface RequiredScopes {
  /** The scopes that the token holds. */
  readonly granted: readonly string[]
  /** The last use of each, in epoch milliseconds. `null` where they were too many: any scope may have been used. */
  last: Map<string, number> | null
  at: number
}

/** Guards with ids in their scopes require as many scopes as there are ids. */
const MOST_REQUIRED = 100

export function requiredScopes(granted: readonly string[]): RequiredScopes {
  return { granted, last: new Map(), at: 0 }
}

export function noteRequired(required: RequiredScopes, scopes: readonly string[], at: number): void {
  required.at = Math.max(required.at, at)
  for (const scope of scopes) required.last?.set(scope, at)
  if (required.last !== null && required.last.size > MOST_REQUIRED) required.last = null
}

/** The uses of the scopes that a token holds: of several that cover a required scope, each counts as used. */
export function grantedUses({ granted, last, at }: RequiredScopes, rules: ServiceSettings['scopeRules']): ScopeUse[] {
  if (last === null) return granted.map((scope) => ({ scope, at: new Date(at) }))
  const isExact = !rules.wildcards && Object.keys(rules.implies).length === 0
  const covers = (scope: string, name: string) =>
    scope === name || (!isExact && uncoveredScopes([scope], [name], rules).length === 0)
  return granted.flatMap((scope) => {
    const uses = [...last].filter(([name]) => covers(scope, name)).map(([, use]) => use)
    return uses.length === 0 ? [] : [{ scope, at: new Date(Math.max(...uses)) }]
  })
}

import type { ScopeUses, Token } from '../stores/token-store.ts'

/** The recorded use of a scope that a token holds. */
export interface ScopeUsage {
  readonly scope: string
  /** All uses of the scope from this instant on are on record; `null` where they are not. */
  readonly recordedSince: Date | null
  /** The last recorded use. */
  readonly lastUsedAt: Date | null
}

export function scopeUsage({ scopes, useCount }: Token, uses: ScopeUses | null): readonly ScopeUsage[] {
  const known = uses?.useCount === useCount ? uses.scopes : {}
  return scopes.map((scope) => {
    const [since, last] = Object.hasOwn(known, scope) ? (known[scope] as [number, number | null]) : [null, null]
    return { scope, recordedSince: dateOf(since), lastUsedAt: dateOf(last) }
  })
}

function dateOf(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant)
}

import type { ScopeUses, Token, Use } from './token-store.ts'

/**
 * The record after a use. A use that was written without its scopes in between begins it anew, and a scope that the
 * token has got begins with the first use after that.
 *
 * @param token as it is after the use
 * @example
 * ```ts
 * import { type Token, type Use, withScopeUses } from '@patkit/tokens/store'
 *
 * declare const token: Token
 * declare const use: Use
 * const { scopes } = withScopeUses(null, token, use)
 * console.log(scopes)
 * ```
 */
export function withScopeUses(
  present: ScopeUses | null,
  { scopes, useCount, updatedAt }: Pick<Token, 'scopes' | 'useCount' | 'updatedAt'>,
  { at, count, scopes: used }: Pick<Use, 'at' | 'count' | 'scopes'>,
): ScopeUses {
  const before = useCount - count
  const isFirst = present === null && before === 0
  const begun = isFirst ? updatedAt.getTime() : at.getTime()
  const known = present?.useCount === before ? present.scopes : {}
  const last = new Map((used ?? []).map((use) => [use.scope, use.at.getTime()]))
  const entry = (scope: string) => {
    const [since, earlier] = Object.hasOwn(known, scope) ? (known[scope] as [number, number | null]) : [begun, null]
    const later = last.get(scope) ?? null
    return [since, earlier === null || later === null ? (later ?? earlier) : Math.max(earlier, later)] as const
  }
  return { useCount, scopes: Object.fromEntries(scopes.map((scope) => [scope, entry(scope)])) }
}

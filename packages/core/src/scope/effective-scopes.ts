import type { TokenRecord } from '../lookup/record.ts'
import { type ScopeOptions, scopeRules } from '../options.ts'
import { grantedScopes, widestOf } from './covers.ts'
import type { ScopeSet } from './scope-set.ts'

/**
 * The scopes that a token can use at present: what both its own scopes and its owner's ceiling match, wildcards on
 * either side, segment by segment. `a:*:read` under the ceiling `*:b:read` is `a:b:read`. Pass the options of the verifier.
 *
 * @example
 * ```ts
 * import { effectiveScopes } from '@patkit/core'
 *
 * effectiveScopes({ scopes: ['drive:read', 'drive:write'], ceiling: ['drive:read'] }) // ['drive:read']
 * ```
 *
 * @returns each scope once, without those that another one covers
 * @throws TypeError naming the scope that is not a scope name, or the option that is wrong
 */
export function effectiveScopes(
  { scopes, ceiling }: Readonly<Pick<TokenRecord, 'scopes' | 'ceiling'>>,
  options: ScopeOptions = {},
): readonly string[] {
  if (ceiling === undefined) return scopes
  const rules = scopeRules(options)
  const token = grantedScopes('effectiveScopes: scopes', scopes, rules)
  const owner = grantedScopes('effectiveScopes: ceiling', ceiling, rules)
  const isShared = (name: string) => token.covers(name) && owner.covers(name)
  const named = [...token.names, ...owner.names].filter(isShared)
  const shared = grantedScopes('effectiveScopes', [...named, ...sharedPatterns(token.set, owner.set)], rules)
  const implied = [...token.set.exact, ...owner.set.exact].filter((name) => isShared(name) && !shared.covers(name))
  return [...widestOf(shared), ...new Set(implied)]
}

/** What each wildcard scope of one side has in common with each of the other. */
function sharedPatterns({ wild: one }: ScopeSet, { wild: other }: ScopeSet): string[] {
  if (one === null || other === null) return []
  const others = Array.from(other.scopes, (scope) => scope.split(':'))
  return Array.from(one.scopes, (scope) => scope.split(':')).flatMap((segments) =>
    others.flatMap((ones) => intersection(segments, ones) ?? []),
  )
}

/** The scope that matches the names which both match; `null` where no name does. A `*` at the end matches all that follows. */
function intersection(one: readonly string[], other: readonly string[]): string | null {
  const [shorter, longer] = one.length <= other.length ? [one, other] : [other, one]
  const isOpen = shorter.at(-1) === '*'
  if (shorter.length < longer.length && !isOpen) return null
  const common = longer.map((segment, index) => commonSegment(shorter[index] ?? '*', segment))
  return common.includes(null) ? null : common.join(':')
}

function commonSegment(one: string, other: string): string | null {
  if (one === '*') return other
  return other === '*' || other === one ? one : null
}

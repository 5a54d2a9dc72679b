import type { TokenRecord } from '../lookup/record.ts'
import { type ScopeOptions, scopeRules } from '../options.ts'
import { widestScopes } from './covers.ts'
import { compileScopes, coversScope, type ScopeSet } from './scope-set.ts'

/** Scopes of one side, and their compiled form. */
interface Side {
  readonly set: ScopeSet
  readonly names: ReadonlySet<string>
}

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
  const [token, owner] = [sideOf(scopes, options), sideOf(ceiling, options)]
  const shared = [...sharedNames(token, owner), ...sharedNames(owner, token), ...sharedPatterns(token.set, owner.set)]
  const widest = widestScopes(shared, options)
  const covered = sideOf(widest, options)
  const implied = [...token.set.exact, ...owner.set.exact].filter((name) => {
    return isCovered(token, name) && isCovered(owner, name) && !isCovered(covered, name)
  })
  return [...widest, ...new Set(implied)]
}

function sideOf(scopes: readonly string[], options: ScopeOptions): Side {
  return { set: compileScopes(scopes, scopeRules(options)), names: new Set(scopes) }
}

/** Scopes of one side that the other covers whole. */
function sharedNames({ names }: Side, other: Side): string[] {
  return [...names].filter((name) => isCovered(other, name))
}

function isCovered({ set, names }: Side, name: string): boolean {
  return names.has(name) || coversScope(set, name)
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

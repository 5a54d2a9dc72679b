import { type ScopeOptions, scopeRules } from '../options.ts'
import { isScopeName } from './scope.ts'
import { compileScopes, coversScope, isRedundant, type ScopeRules, type ScopeSet } from './scope-set.ts'

/** Granted scopes, compiled. */
export interface GrantedScopes {
  readonly set: ScopeSet
  /** As they were given, each once. */
  readonly names: ReadonlySet<string>
  /** Whether they match everything that a scope matches. */
  readonly covers: (name: string) => boolean
}

/**
 * Whether everything that `wanted` matches is matched by `granted`, with wildcards on both sides: `wanted` then gives
 * no right beyond `granted`. Give it the options of the verifier.
 *
 * @example
 * ```ts
 * import { covers } from '@patkit/core'
 *
 * covers(['drive:*'], ['drive:read'], { wildcards: true }) // true
 * covers(['drive:read'], ['drive:*'], { wildcards: true }) // false
 * ```
 *
 * @throws TypeError naming the scope that is not a scope name, or the option that is wrong
 */
export function covers(granted: readonly string[], wanted: readonly string[], options: ScopeOptions = {}): boolean {
  const held = grantedScopes('covers: granted', granted, scopeRules(options))
  return scopeNames('covers: wanted', wanted).every(held.covers)
}

/**
 * The scopes of `wanted` that `granted` does not cover, in their order. It reads `granted` once, however many are wanted:
 * asking `covers` about one after the other takes the product of both.
 *
 * @throws TypeError naming the scope that is not a scope name, or the option that is wrong
 *
 * @example
 * ```ts
 * import { uncoveredScopes } from '@patkit/core/adapter'
 *
 * uncoveredScopes(['drive:*'], ['drive:read', 'sites:read'], { wildcards: true }) // ['sites:read']
 * ```
 */
export function uncoveredScopes(
  granted: readonly string[],
  wanted: readonly string[],
  options: ScopeOptions = {},
): readonly string[] {
  const held = grantedScopes('covers: granted', granted, scopeRules(options))
  return scopeNames('covers: wanted', wanted).filter((name) => !held.covers(name))
}

/**
 * The scopes that no wildcard among the others covers, each once: together they grant the same as all. A scope that
 * another one implies stays, since it would go with the other. Give it the options of the verifier.
 *
 * @throws TypeError naming the scope that is not a scope name, or the option that is wrong
 *
 * @example
 * ```ts
 * import { widestScopes } from '@patkit/core/adapter'
 *
 * widestScopes(['drive:*', 'drive:read', 'sites:read'], { wildcards: true }) // ['drive:*', 'sites:read']
 * ```
 */
export function widestScopes(scopes: readonly string[], options: ScopeOptions = {}): readonly string[] {
  return widestOf(grantedScopes('widestScopes: scopes', scopes, scopeRules(options)))
}

export function widestOf({ set, names }: GrantedScopes): string[] {
  return [...names].filter((scope) => !isRedundant(set, scope))
}

/** @throws TypeError naming the argument, and the scope that is not a scope name */
export function grantedScopes(argument: string, scopes: readonly string[], rules: ScopeRules): GrantedScopes {
  const set = compileScopes(scopeNames(argument, scopes), rules)
  const names = new Set(scopes)
  // Where wildcards are off, a scope that holds `*` is covered by itself alone, so that turning them on widens nothing.
  return { set, names, covers: (name) => names.has(name) || coversScope(set, name) }
}

function scopeNames(argument: string, names: readonly string[]): readonly string[] {
  if (!Array.isArray(names)) throw new TypeError(`${argument} must be an array of scope names`)
  const index = names.findIndex((name) => !isScopeName(name))
  if (index >= 0)
    throw new TypeError(`${argument} must not have ${JSON.stringify(names[index])}, which is not a scope name`)
  return names
}

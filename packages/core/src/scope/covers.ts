import { type ScopeOptions, scopeRules } from '../options.ts'
import { isScopeName } from './scope.ts'
import { compileScopes, coversScope, isRedundant } from './scope-set.ts'

/**
 * Whether everything that `wanted` matches is matched by `granted`, with wildcards on both sides: who holds `granted`
 * gives away no more than that with `wanted`. Give it the options of the verifier.
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
  const isCovered = coverage(granted, options)
  return scopeNames('covers: wanted', wanted).every(isCovered)
}

/**
 * The scopes of `wanted` that `granted` does not cover, in their order. It reads `granted` once, however many are wanted:
 * asking `covers` about one after the other takes the product of both.
 *
 * @throws TypeError naming the scope that is not a scope name, or the option that is wrong
 */
export function uncoveredScopes(
  granted: readonly string[],
  wanted: readonly string[],
  options: ScopeOptions = {},
): readonly string[] {
  const isCovered = coverage(granted, options)
  return scopeNames('covers: wanted', wanted).filter((name) => !isCovered(name))
}

/**
 * The scopes that no wildcard among the others covers, each once: who holds them holds all that were given. What another
 * one implies stays, since it would go with the other. Give it the options of the verifier.
 *
 * @throws TypeError naming the scope that is not a scope name, or the option that is wrong
 */
export function widestScopes(scopes: readonly string[], options: ScopeOptions = {}): readonly string[] {
  const held = compileScopes(scopeNames('widestScopes: scopes', scopes), scopeRules(options))
  return [...new Set(scopes)].filter((scope) => !isRedundant(held, scope))
}

function coverage(granted: readonly string[], options: ScopeOptions): (name: string) => boolean {
  const held = compileScopes(scopeNames('covers: granted', granted), scopeRules(options))
  // Where wildcards are off, a scope that holds `*` is covered by itself alone, so that turning them on widens nothing.
  const own = new Set(granted)
  return (name) => own.has(name) || coversScope(held, name)
}

function scopeNames(argument: string, names: readonly string[]): readonly string[] {
  if (!Array.isArray(names)) throw new TypeError(`${argument} must be an array of scope names`)
  const index = names.findIndex((name) => !isScopeName(name))
  if (index >= 0)
    throw new TypeError(`${argument} must not have ${JSON.stringify(names[index])}, which is not a scope name`)
  return names
}

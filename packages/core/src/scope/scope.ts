import { isVisibleText } from '../text.ts'

/** One segment of a scope. A missing or repeated parameter of a router denies. */
export type Segment = string | readonly string[] | undefined
/** One scope: a name (`drive:read`), or its segments (`['channels', id, 'publish']`), which are never parsed. */
export type Scope = string | readonly Segment[]

/** RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** What one segment may hold: a scope-token without the separator and the wildcard. */
const SEGMENT = /^[\x21\x23-\x29\x2b-\x39\x3b-\x5b\x5d-\x7e]+$/

/**
 * @example
 * ```ts
 * import { isScopeName } from '@patkit/core'
 *
 * isScopeName('drive:read') // true
 * isScopeName('drive read') // false
 * ```
 */
export function isScopeName(value: unknown): value is string {
  return typeof value === 'string' && SCOPE_TOKEN.test(value) && value.split(':').every((segment) => segment !== '')
}

/** A scope that can be required, or imply another: a name without `*`, which would look like a wildcard and be none. */
export function isExactScope(value: unknown): value is string {
  return isScopeName(value) && !value.includes('*')
}

/**
 * The name a scope is matched by, or `null` for segments that no grant may match: none at all, an empty one, or one
 * that holds `:` or `*` (the id `a:b` must not match a grant for `a`).
 */
export function scopeName(scope: Scope): string | null {
  if (typeof scope === 'string') return scope
  return scope.length > 0 && scope.every(isSegment) ? scope.join(':') : null
}

/** The type is looked at because a pattern alone would take `undefined` for a word. */
function isSegment(segment: Segment): boolean {
  return typeof segment === 'string' && SEGMENT.test(segment)
}

/** Scopes with the label a person reads for each, as `defineScopes` returns them. */
export interface ScopeCatalog<S extends string> {
  readonly names: readonly S[]
  /** Name to label: what a console shows, and the `scopes` object of an OpenAPI security scheme. */
  readonly labels: Readonly<Record<S, string>>
}

/** The union of the names in a catalog: `ScopeOf<typeof scopes>`. */
export type ScopeOf<C> = C extends ScopeCatalog<infer S> ? S : never

/**
 * Names an API's scopes once, each with a label for people.
 *
 * @example
 * ```ts
 * import { defineScopes, type ScopeOf } from '@patkit/core'
 *
 * export const scopes = defineScopes({ 'drive:read': 'Read files', 'drive:write': 'Change files' })
 * export type Scope = ScopeOf<typeof scopes>
 * ```
 *
 * @throws TypeError naming the scope that is not a scope-token (RFC 6749 §3.3) has an empty segment, or a label without a visible character
 */
export function defineScopes<const L extends Readonly<Record<string, string>>>(
  labels: L,
): ScopeCatalog<keyof L & string> {
  for (const [name, label] of Object.entries(labels)) {
    if (!isScopeName(name)) throw new TypeError(`defineScopes: ${JSON.stringify(name)} is not a scope name`)
    if (!isVisibleText(label)) throw new TypeError(`defineScopes: "${name}" needs a label with a visible character`)
  }
  const copy = Object.freeze({ ...labels })
  return Object.freeze({ names: Object.freeze(Object.keys(copy)), labels: copy })
}

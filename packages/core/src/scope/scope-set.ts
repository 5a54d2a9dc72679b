/** How granted scopes are read. */
export interface ScopeRules {
  /** Whether `*` as a whole segment stands for others. Where it does not, a scope that holds `*` matches nothing. */
  readonly wildcards: boolean
  /** Exact scopes, each with the exact scopes it grants as well. */
  readonly implies: ReadonlyMap<string, readonly string[]>
}

/** Granted scopes in the form they are matched in. */
export interface ScopeSet {
  /** As they were given. */
  readonly names: readonly string[]
  /** Those without `*`, and everything they and the wildcards imply. */
  readonly exact: ReadonlySet<string>
  readonly wild: WildcardScopes | null
}

/**
 * A scope is matched when `*` in the places of one shape makes it one of the scopes: one look-up for each shape, however
 * many scopes share it. Fewer than 2^(n+1) shapes have at most n segments, and never more than the scopes.
 */
interface WildcardScopes {
  readonly scopes: ReadonlySet<string>
  /** Where the wildcards are, one character a segment: `.*` for `drive:*`. The shortest first. */
  readonly shapes: readonly string[]
}

export function compileScopes(names: readonly string[], { wildcards, implies }: ScopeRules): ScopeSet {
  const exact = new Set(names.filter((name) => !name.includes('*')))
  const wild = wildcards ? wildcardScopes(names) : null
  if (wild !== null) {
    for (const name of implies.keys()) if (matches(wild, name)) exact.add(name)
  }
  // A set that grows while it is walked is walked to its new end: implied scopes imply in turn, and cycles end.
  for (const name of exact) {
    for (const implied of implies.get(name) ?? []) exact.add(implied)
  }
  return { names: Object.freeze([...names]), exact, wild }
}

/** Whether a requirement is met. A wildcard cannot be required: a name that holds `*` is never met. */
export function hasScope(set: ScopeSet, name: string): boolean {
  return set.exact.has(name) || (set.wild !== null && !name.includes('*') && matches(set.wild, name))
}

/**
 * Whether the set matches everything that a scope matches, which may hold wildcards itself. Scopes have no alphabet to
 * run out of: `*` can be a segment that occurs nowhere else, and that only wildcards match.
 * So one granted scope must have a wildcard wherever the scope has one, and `*` may stand for that segment.
 */
export function coversScope(set: ScopeSet, name: string): boolean {
  return set.exact.has(name) || (set.wild !== null && matches(set.wild, name))
}

/** Whether a wildcard of the set, other than the scope itself, matches everything that the scope matches. */
export function isRedundant({ wild }: ScopeSet, name: string): boolean {
  if (wild === null) return false
  const starts = segmentStarts(name)
  return wild.shapes.some((shape) => {
    if (shape.length > starts.length) return false
    const scope = inShape(shape, name, starts)
    return scope !== name && wild.scopes.has(scope)
  })
}

function wildcardScopes(names: readonly string[]): WildcardScopes | null {
  const scopes = new Set(names.filter((name) => name.split(':').includes('*')))
  if (scopes.size === 0) return null
  const shapes = [...new Set(Array.from(scopes, shapeOf))].sort((a, b) => a.length - b.length)
  return { scopes, shapes }
}

function shapeOf(scope: string): string {
  return scope
    .split(':')
    .map((segment) => (segment === '*' ? '*' : '.'))
    .join('')
}

function matches({ scopes, shapes }: WildcardScopes, name: string): boolean {
  const starts = segmentStarts(name)
  for (const shape of shapes) {
    if (shape.length > starts.length) return false
    if (scopes.has(inShape(shape, name, starts))) return true
  }
  return false
}

function segmentStarts(name: string): number[] {
  const starts = [0]
  for (let colon = name.indexOf(':'); colon >= 0; colon = name.indexOf(':', colon + 1)) starts.push(colon + 1)
  return starts
}

/** A name with `*` in the places of a shape, and nothing behind one at the end: a scope that matches the name. */
function inShape(shape: string, name: string, starts: readonly number[]): string {
  let scope = ''
  let done = 0
  for (let place = shape.indexOf('*'); place >= 0; place = shape.indexOf('*', place + 1)) {
    scope += `${name.slice(done, starts[place])}*`
    if (place === shape.length - 1) return scope
    done = (starts[place + 1] as number) - 1
  }
  return scope + name.slice(done)
}

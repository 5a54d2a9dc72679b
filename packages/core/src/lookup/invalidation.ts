/**
 * What may no longer be answered from memory. For a token, `minVersion` is the least version that may still be used;
 * `null`, and every other kind, refuses all earlier lookups.
 */
export type Invalidation =
  | { readonly kind: 'token'; readonly id: string; readonly minVersion: number | null }
  | { readonly kind: 'principal' | 'organization'; readonly id: string }
  | { readonly kind: 'all' }

/**
 * The invalidation itself, where it is one: a typing error must not leave a revoked token in.
 *
 * @throws TypeError naming the member that is wrong
 */
export function validInvalidation(what: Invalidation): Invalidation {
  const kind: unknown = what?.kind
  if (kind === 'all') return what
  if (kind !== 'token' && kind !== 'principal' && kind !== 'organization') {
    throw new TypeError("invalidation: kind must be 'token', 'principal', 'organization' or 'all'")
  }
  const { id, minVersion } = what as { id: unknown; minVersion?: unknown }
  if (typeof id !== 'string' || id === '') throw new TypeError('invalidation: id must be a non-empty string')
  if (kind === 'token' && minVersion !== null && !Number.isSafeInteger(minVersion)) {
    throw new TypeError('invalidation: minVersion must be a whole number, or null')
  }
  return what
}

/** Whom a remembered record belongs to: the members of a `TokenRecord` that invalidations name. */
export interface Subject {
  readonly id: string
  readonly principalId?: string | null | undefined
  readonly userId?: string | null | undefined
  readonly organizationId?: string | null | undefined
  readonly version?: number | null | undefined
}

export interface Invalidations {
  /** Grows with every invalidation. A lookup belongs to the generation it began in. */
  readonly generation: number
  /** Once it has returned, no lookup that began earlier and is hit can allow. Needs no `this`. */
  readonly add: (what: Invalidation) => void
  /** Whether what a lookup of that generation found may still be used. */
  admits(found: Subject, begun: number): boolean
  /** Whether a lookup of that generation that found nothing may still be used. */
  admitsNothing(begun: number): boolean
}

interface TokenFloor {
  readonly minVersion: number | null
  /** Lookups begun earlier may be used only if they found at least `minVersion`. */
  readonly versioned: number
  /** Lookups begun earlier may not be used. */
  readonly unversioned: number
}

const NO_FLOOR: TokenFloor = { minVersion: null, versioned: 0, unversioned: 0 }

/**
 * Keeps invalidations instead of searching the cache for what they hit, so that one costs the same for a token and for
 * an organization of a million. Past `capacity` they are folded into one that hits everything. The floors of tokens
 * outlive that, and every doubt about the cache: a replica that lags behind would bring a revoked token back.
 */
export function createInvalidations(capacity: number): Invalidations {
  let tokens = new Map<string, TokenFloor>()
  /** The floors before the last folding, so that at least the last `capacity` are known. */
  let foldedTokens = tokens
  const principals = new Map<string, number>()
  const organizations = new Map<string, number>()
  let everything = 0
  let generation = 0

  const floorOf = (id: string) => tokens.get(id) ?? foldedTokens.get(id)

  function doubtEverything(): void {
    everything = generation
    principals.clear()
    organizations.clear()
  }

  function fold(): void {
    doubtEverything()
    foldedTokens = tokens
    tokens = new Map()
  }

  return {
    get generation() {
      return generation
    },

    add(what) {
      generation++
      if (what.kind === 'token') tokens.set(what.id, raised(floorOf(what.id), what.minVersion, generation))
      if (what.kind === 'principal') principals.set(what.id, generation)
      if (what.kind === 'organization') organizations.set(what.id, generation)
      if (what.kind === 'all') doubtEverything()
      if (tokens.size + principals.size + organizations.size > capacity) fold()
    },

    admits({ id, principalId, userId, organizationId, version }, begun) {
      if (begun < everything) return false
      if (principalId != null && begun < (principals.get(principalId) ?? 0)) return false
      if (userId != null && begun < (principals.get(userId) ?? 0)) return false
      if (organizationId != null && begun < (organizations.get(organizationId) ?? 0)) return false
      const floor = floorOf(id)
      return floor === undefined || reaches(floor, version ?? null, begun)
    },

    admitsNothing: (begun) => begun >= everything,
  }
}

function raised(floor: TokenFloor = NO_FLOOR, minVersion: number | null, generation: number): TokenFloor {
  if (minVersion === null) return { ...floor, unversioned: generation }
  return { ...floor, minVersion: Math.max(minVersion, floor.minVersion ?? 0), versioned: generation }
}

function reaches(floor: TokenFloor, version: number | null, begun: number): boolean {
  if (begun < floor.unversioned) return false
  if (floor.minVersion === null) return true
  return version === null ? begun >= floor.versioned : version >= floor.minVersion
}

import { LRUCache } from 'lru-cache'
import { PatError } from '../errors.ts'
import type { Invalidations, Subject } from './invalidation.ts'

/** A value that invalidations can be compared with. */
interface Remembered {
  readonly exposed: Subject
}

export interface LookupCacheOptions<V extends Remembered> {
  readonly maxEntries: number
  readonly maxNegativeEntries: number
  readonly maxPending: number
  /** How long the record of a live token may be used again, in milliseconds. */
  readonly ttlMs: number
  /** The same for tokens that are unknown or dead: they may yet come to life. */
  readonly negativeTtlMs: number
  /** Whether the lifetime of a token covers an instant. A live one is never used beyond its end. */
  readonly isLive: (value: V, now: number) => boolean
  readonly invalidations: Invalidations
  readonly clock: () => number
  /** Called when there are too many lookups; a lookup reports its own faults. */
  readonly report: (fault: PatError) => void
}

/** The answer to one lookup; `value` is `null` where the token is unknown. */
export interface Lookup<V extends Remembered> {
  readonly key: string
  readonly value: V | null
  /** When the lookup began, in epoch milliseconds: the answer cannot be older. */
  readonly begunAt: number
  /** The generation of invalidations in which the lookup began, then the last one in which nothing spoke against it. */
  generation: number
}

/** Finds a value, `null` for an unknown token, or `false` for a credential that is not genuine. */
export type Load<V extends Remembered> = () => Promise<V | null | false>

export interface LookupCache<V extends Remembered> {
  /** A remembered answer that may still be used, or `undefined`. */
  get(key: string, now: number): Lookup<V> | undefined
  /**
   * Looks a key up and remembers the answer, once for all who ask at the same time. A failed lookup is not
   * remembered, and neither is `null`, the answer for a credential that is not genuine. Call `admits` before using any
   * other.
   *
   * @throws PatError `ERR_PAT_TOO_MANY_LOOKUPS`, or what `load` rejects with
   */
  share(key: string, load: Load<V>): Promise<Lookup<V> | null>
  /** Looks up for one asker alone and remembers nothing. Throws as `share` does. */
  ask(key: string, load: Load<V>): Promise<Lookup<V> | null>
  /** Whether no invalidation has spoken against an answer since its lookup began. */
  admits(lookup: Lookup<V>): boolean
  readonly size: number
}

/**
 * Remembers lookups. Tokens that are unknown or dead have a cache of their own, so that a flood of guesses, or one dead
 * token that can be written in many ways, evicts none that is in use.
 * Freshness is compared with the caller's clock: an answer from the future of a clock that stepped back is not used.
 */
export function createLookupCache<V extends Remembered>(options: LookupCacheOptions<V>): LookupCache<V> {
  const { clock, ttlMs, negativeTtlMs, isLive, invalidations, maxPending, report } = options
  const live = new LRUCache<number, Lookup<V>>({ max: options.maxEntries })
  const refused = new LRUCache<number, Lookup<V>>({ max: options.maxNegativeEntries })
  const flights = new Map<string, Promise<Lookup<V> | null>>()
  let pending = 0
  /** Reported once for each time that lookups pile up. */
  let saturated = false

  async function ask(key: string, load: Load<V>): Promise<Lookup<V> | null> {
    if (pending >= maxPending) {
      const fault = new PatError('ERR_PAT_TOO_MANY_LOOKUPS', `more than ${maxPending} lookups are pending`)
      if (!saturated) report(fault)
      saturated = true
      throw fault
    }
    saturated = false
    const begunAt = clock()
    const { generation } = invalidations
    pending++
    try {
      const value = await load()
      return value === false ? null : { key, value, begunAt, generation }
    } finally {
      pending--
    }
  }

  async function startFlight(key: string, load: Load<V>): Promise<Lookup<V> | null> {
    try {
      const lookup = await ask(key, load)
      if (lookup !== null && admits(lookup)) remember(lookup)
      return lookup
    } finally {
      flights.delete(key)
    }
  }

  function remember(lookup: Lookup<V>): void {
    const { key, value, begunAt } = lookup
    const [home, other] = value !== null && isLive(value, begunAt) ? [live, refused] : [refused, live]
    const slot = slotOf(key)
    if (other.peek(slot)?.key === key) other.delete(slot)
    home.set(slot, lookup)
  }

  function recall(key: string, now: number): Lookup<V> | undefined {
    const slot = slotOf(key)
    const known = live.get(slot)
    if (known?.key === key) return isFresh(known, now, ttlMs) && isLive(known.value as V, now) ? known : undefined
    const dead = refused.get(slot)
    return dead?.key === key && isFresh(dead, now, negativeTtlMs) ? dead : undefined
  }

  function isFresh({ begunAt }: Lookup<V>, now: number, ttl: number): boolean {
    return now >= begunAt && now < begunAt + ttl
  }

  function admits(lookup: Lookup<V>): boolean {
    const { value, generation } = lookup
    const admitted =
      value === null ? invalidations.admitsNothing(generation) : invalidations.admits(value.exposed, generation)
    if (admitted) lookup.generation = invalidations.generation
    return admitted
  }

  return {
    get(key, now) {
      const lookup = recall(key, now)
      if (lookup === undefined) return undefined
      return lookup.generation === invalidations.generation || admits(lookup) ? lookup : undefined
    },
    share(key, load) {
      const flight = flights.get(key)
      if (flight !== undefined) return flight
      const started = startFlight(key, load)
      flights.set(key, started)
      return started
    },
    ask,
    admits,
    get size() {
      return live.size
    },
  }
}

/**
 * Where a key is kept: its first 31 bits, since a number is found in a third of the time of a text. Two keys of one slot
 * evict each other, which costs a lookup; an answer is used only for the whole of its key.
 */
function slotOf(key: string): number {
  return key.charCodeAt(0) | (key.charCodeAt(1) << 8) | (key.charCodeAt(2) << 16) | ((key.charCodeAt(3) & 0x7f) << 24)
}

import { LRUCache } from 'lru-cache'
import { PatError } from './errors.ts'

export interface LookupCacheOptions<V> {
  readonly maxEntries: number
  readonly maxNegativeEntries: number
  readonly maxPending: number
  /** Until when an answer may be used again, in epoch milliseconds like `begunAt`. */
  readonly freshUntil: (value: V | null, begunAt: number) => number
  readonly clock: () => number
  /** Hears a failed lookup once, however many wait for it. */
  readonly report: (fault: PatError) => void
}

/** The answer to one lookup; `value` is `null` where the token is unknown. */
export interface Lookup<V> {
  readonly value: V | null
  /** When the lookup began: the answer cannot be older. */
  readonly begunAt: number
  readonly freshUntil: number
}

export interface LookupCache<V> {
  /** A remembered answer, or `undefined`. */
  get(key: string, now: number): Lookup<V> | undefined
  /**
   * Looks a key up, once for all who ask at the same time. A lookup that fails is remembered by nobody.
   *
   * @throws PatError `ERR_PAT_TOO_MANY_LOOKUPS`, or what `look` rejects with
   */
  fetch(key: string, look: () => Promise<V | null>): Promise<Lookup<V>>
}

/**
 * Remembers lookups. Unknown tokens have a cache of their own, so that a flood of guesses cannot evict real ones.
 * Freshness is compared with the caller's clock: an answer from the future of a clock that stepped back is not used.
 */
export function createLookupCache<V>(options: LookupCacheOptions<V>): LookupCache<V> {
  const { clock, freshUntil, maxPending, report } = options
  const known = new LRUCache<string, Lookup<V>>({ max: options.maxEntries })
  const unknown = new LRUCache<string, Lookup<V>>({ max: options.maxNegativeEntries })
  const flights = new Map<string, Promise<Lookup<V>>>()

  async function fly(key: string, look: () => Promise<V | null>): Promise<Lookup<V>> {
    const begunAt = clock()
    try {
      const value = await look()
      const lookup = { value, begunAt, freshUntil: freshUntil(value, begunAt) }
      const [home, other] = value === null ? [unknown, known] : [known, unknown]
      other.delete(key)
      home.set(key, lookup)
      return lookup
    } catch (fault) {
      report(fault as PatError)
      throw fault
    } finally {
      flights.delete(key)
    }
  }

  return {
    get(key, now) {
      const lookup = known.get(key) ?? unknown.get(key)
      return lookup !== undefined && now >= lookup.begunAt && now < lookup.freshUntil ? lookup : undefined
    },
    fetch(key, look) {
      const flight = flights.get(key)
      if (flight !== undefined) return flight
      if (flights.size >= maxPending) {
        const fault = new PatError('ERR_PAT_TOO_MANY_LOOKUPS', `more than ${maxPending} lookups are pending`)
        report(fault)
        return Promise.reject(fault)
      }
      const started = fly(key, look)
      flights.set(key, started)
      return started
    },
  }
}

import { type PatError, reportSeldom } from '../errors.ts'
import type { VerifierSettings } from '../options.ts'
import { lifetime } from '../policy.ts'
import { createLookupCache, type Lookup } from './cache.ts'
import type { ChannelHealth } from './channel.ts'
import { type CallHealth, createGate } from './gate.ts'
import { createInvalidations, type Invalidation, validInvalidation } from './invalidation.ts'
import { createLease } from './lease.ts'
import { type CompiledRecord, createListCompilers, type TokenRecord } from './record.ts'
import { createResolver, type LookupRequest } from './resolver.ts'

/** How lookups stand. */
export interface LookupHealth {
  /** `uncached`: the channel was silent for longer than the lease, and the resolver is asked every time. */
  readonly mode: 'cached' | 'uncached'
  /** The instant up to which all invalidations have arrived, in epoch milliseconds; `Infinity` without a channel. */
  readonly asOf: number
  /** How long the cache may be used without a message of the channel, in milliseconds; `null` without a channel. */
  readonly leaseMs: number | null
  /** Records of live tokens that are remembered. */
  readonly entries: number
  /** Requests since the start that the cache has answered. */
  readonly hits: number
  /** Lookups of requests since the start, their own or a pending one. A lookup that a change overtook is repeated. */
  readonly misses: number
  /** Calls of the resolver. */
  readonly calls: CallHealth
  /** The channel on this node; `null` without a channel, or with one that has no `health`. */
  readonly channel:
    | (ChannelHealth & {
        /** How old `asOf` is, in milliseconds; `null` before the node has caught up. */ readonly lagMs: number | null
      })
    | null
}

/** Where records come from: memory while it can be trusted, else the resolver. */
export interface Lookups<R extends TokenRecord> {
  /** The cached answer for a key, if it may be used now. */
  getCached(key: string, now: number): Lookup<CompiledRecord<R>> | undefined
  /**
   * Asks the resolver, or the format that reads its records itself. `null` says that the credential is not genuine.
   * Faults have been reported when they are thrown.
   *
   * @throws PatError `ERR_PAT_RESOLVER_*`, `ERR_PAT_FORMAT_FAILED`, `ERR_PAT_RECORD_INVALID` or
   * `ERR_PAT_TOO_MANY_LOOKUPS`
   */
  find(key: string, lookupRequest: LookupRequest): Promise<Lookup<CompiledRecord<R>> | null>
  /** Whether nothing has spoken against an answer. */
  admits(lookup: Lookup<CompiledRecord<R>>): boolean
  /** Whether an answer that was waited for may be used: nothing spoke against it, and it is not of long ago. */
  usable(lookup: Lookup<CompiledRecord<R>>, now: number): boolean
  invalidate(what: Invalidation): Promise<void>
  readonly health: LookupHealth
  close(): Promise<void>
}

/** A number that is written at every request costs more than the second that a small step can hide. */
const CLOCK_GRAIN_MS = 1_000

export function createLookups<R extends TokenRecord>(
  settings: VerifierSettings<R>,
  report: (fault: PatError) => void,
): Lookups<R> {
  const { clock, resolveTimeoutMs } = settings
  let latest = Number.NEGATIVE_INFINITY
  let hits = 0
  let misses = 0
  const invalidations = createInvalidations(settings.cacheEntries)
  const lease = createLease({ channel: settings.channel, leaseMs: settings.leaseMs, invalidations, report })
  const compile = createListCompilers(settings.scopeRules)
  const gate = createGate(settings.maxConcurrentLookups)
  const resolve = createResolver({
    resolver: settings.resolver,
    gate,
    timeoutMs: resolveTimeoutMs,
    report,
    seldom: reportSeldom(report, clock),
    compile,
  })
  const cache = createLookupCache<CompiledRecord<R>>({
    maxEntries: settings.cacheEntries,
    maxNegativeEntries: settings.negativeEntries,
    maxPending: settings.maxPendingLookups,
    ttlMs: settings.cacheTtlMs,
    negativeTtlMs: settings.negativeTtlMs,
    isLive: (record, now) => lifetime(record, now) === null,
    invalidations,
    clock,
    report,
  })

  /** After a clock has stepped back, ages are wrong: expired entries could become valid again when it catches up. */
  function heedClock(now: number): void {
    if (now < latest) invalidations.add({ kind: 'all' })
    if (now < latest || now > latest + CLOCK_GRAIN_MS) latest = now
  }

  /** Where the clock fails, nothing remembered is used either. */
  function upToDate(): boolean {
    try {
      return lease.upToDate(clock())
    } catch {
      return false
    }
  }

  function channelHealth(): LookupHealth['channel'] {
    const health = settings.channel?.health
    if (health === undefined) return null
    return { ...health, lagMs: lagMs() }
  }

  function lagMs(): number | null {
    try {
      return Number.isFinite(lease.asOf) ? clock() - lease.asOf : null
    } catch {
      return null
    }
  }

  return {
    getCached(key, now) {
      heedClock(now)
      const cached = lease.holds(now) ? cache.get(key, now) : undefined
      if (cached !== undefined) hits++
      return cached
    },
    find(key, lookupRequest) {
      const load = () => resolve(lookupRequest)
      misses++
      return lease.holds(clock()) ? cache.share(key, load) : cache.ask(key, load)
    },
    usable(lookup, now) {
      heedClock(now)
      return now - lookup.begunAt <= resolveTimeoutMs && cache.admits(lookup)
    },
    admits: cache.admits,
    invalidate(what) {
      invalidations.add(validInvalidation(what))
      return lease.publish(what)
    },
    get health() {
      const { asOf } = lease
      const mode = upToDate() ? 'cached' : 'uncached'
      const leaseMs = settings.channel === null ? null : settings.leaseMs
      const counts = { entries: cache.size, hits, misses, calls: gate.health }
      return { mode, asOf, leaseMs, ...counts, channel: channelHealth() } as const
    },
    close: lease.close,
  }
}

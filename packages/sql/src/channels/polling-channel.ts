import { type InvalidationChannel, PatError } from '@patkit/core'
import {
  type ChannelHealth,
  type ChannelListener,
  createSubscribers,
  type Invalidation,
  refuseUnknownOptions,
  unref,
  wholeNumber,
  within,
  wrongOption,
} from '@patkit/core/adapter'
import type { InvalidationLog, LoggedInvalidation, LogPlace } from '../invalidation-log.ts'

export interface PollingChannelOptions {
  /** The store of the primary, which sees every commit at once. */
  readonly store: { readonly invalidations: InvalidationLog }
  /** How often the log is read, in milliseconds. Default 500. */
  readonly intervalMs?: number
  /**
   * How long a transaction may stay open after its change. The numbers of that time are read again, since a
   * transaction may commit after others with later numbers. Changes of a longer transaction are known when the cache
   * entries end. Default 60.
   */
  readonly overlapSeconds?: number
  /** Called with every read that failed. Default: a process warning. */
  readonly onError?: (cause: unknown) => void
  /** The clock of the verifiers, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

interface PollingSettings {
  readonly log: InvalidationLog
  readonly intervalMs: number
  readonly overlapMs: number
  /** So many reads take longer than a transaction stays open, also where a clock was set. */
  readonly overlapReads: number
  readonly failed: (cause: unknown) => void
  readonly clock: () => number
}

/** Rows of one statement. */
const PAGE = 1_000
/** A connection that was cut may never answer. */
const READ_MS = 5_000
const LONGEST_INTERVAL_MS = 60_000
const LONGEST_OVERLAP_SECONDS = 3_600

/**
 * A channel that reads the log of invalidations, on every engine and through every pooler. After an outage it continues
 * where it was. A change is known on every node within the interval and the time of one read.
 *
 * @example
 * ```ts
 * import { tokenFormat } from '@patkit/core'
 * import { pollingChannel, sqlStore } from '@patkit/sql'
 * import { createTokenService } from '@patkit/tokens'
 * import { MysqlDialect } from 'kysely'
 * import { createPool } from 'mysql2'
 *
 * const store = sqlStore({ dialect: new MysqlDialect({ pool: createPool(process.env.DATABASE_URL ?? '') }) })
 * const channel = pollingChannel({ store })
 * const tokens = createTokenService({ store, channel, format: tokenFormat({ prefix: 'acme_pat' }) })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function pollingChannel(options: PollingChannelOptions): InvalidationChannel {
  const settings = pollingSettings(options)
  const subscribers = createSubscribers()
  let health: ChannelHealth = { connected: false, echoMs: null }
  return Object.freeze({
    deliver: subscribers.deliver,
    async publish(what: Invalidation) {
      subscribers.deliver(what)
      await settings.log.append(what)
    },
    async subscribe(listener: ChannelListener) {
      if (await settings.log.isStandby()) throw standby('pollingChannel')
      const polling = createPolling(settings, listener, (latest) => {
        health = latest
      })
      await polling.start()
      return subscribers.add(listener, polling.stop)
    },
    get health() {
      return health
    },
  })
}

/** A standby reads later than its primary: what it does not see may have been committed. */
export function standby(channel: string): PatError {
  return new PatError(
    'ERR_PAT_CHANNEL_STANDBY',
    `${channel} is connected to a standby. Connect it to the primary: a standby sees changes later`,
  )
}

function createPolling(
  { log, intervalMs, overlapMs, overlapReads, failed, clock }: PollingSettings,
  listener: ChannelListener,
  setHealth: (health: ChannelHealth) => void,
) {
  let reader = createLogReader(overlapReads)
  let timer: ReturnType<typeof setTimeout> | null = null
  let stopped = false

  async function poll(): Promise<void> {
    const began = clock()
    const { rows, anchor } = await within(READ_MS, () => readLog(log, reader, overlapMs), tooSlow)
    if (stopped) return
    if (anchor !== undefined) {
      // The log is not the one that was read before: rows may be missing.
      if (reader.place !== undefined) listener.gap()
      reader = createLogReader(overlapReads, anchor)
    }
    for (const { what } of reader.take(rows)) listener.message(what)
    listener.caughtUp(began)
    setHealth({ connected: true, echoMs: clock() - began })
  }

  function schedule(): void {
    timer = unref(setTimeout(() => void pollAgain(), intervalMs))
  }

  async function pollAgain(): Promise<void> {
    try {
      await poll()
    } catch (cause) {
      if (stopped) return
      setHealth({ connected: false, echoMs: null })
      failed(cause)
    }
    if (!stopped) schedule()
  }

  return {
    /** @throws what the first read fails with */
    async start() {
      await poll()
      schedule()
    },
    stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      setHealth({ connected: false, echoMs: null })
    },
  }
}

interface LogReader {
  readonly place: LogPlace | null | undefined
  /** The rows that were not read before, of all rows from the place on in the order of their numbers. */
  take(rows: readonly LoggedInvalidation[]): readonly LoggedInvalidation[]
}

/** Reads on. With an `anchor` the reading has begun anew: at the start, and where the place of the reader is gone. */
async function readLog(
  log: InvalidationLog,
  { place }: LogReader,
  overlapMs: number,
): Promise<{ readonly rows: readonly LoggedInvalidation[]; readonly anchor?: LogPlace | null }> {
  if (place !== undefined) {
    const rows = await rowsFrom(log, place?.number ?? 0)
    const [first] = rows
    if (place === null || (first?.number === place.number && first.at === place.at)) return { rows }
  }
  const anchor = await log.olderThan(overlapMs)
  return { anchor, rows: await rowsFrom(log, anchor?.number ?? 0) }
}

async function rowsFrom(log: InvalidationLog, number: number): Promise<readonly LoggedInvalidation[]> {
  const rows: LoggedInvalidation[] = []
  for (let from = number; ; ) {
    const page = await log.from(from, PAGE)
    rows.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return rows
    from = last.number + 1
  }
}

/**
 * Knows which rows were read. Its place is the last row before which no number can appear any more: each missing number
 * was drawn before a later one was read, and that is longer ago than a transaction stays open. Reads measure that time:
 * a clock may step.
 *
 * @param start the place; `null` before all rows, `undefined` where nothing was read yet
 */
function createLogReader(overlapReads: number, start?: LogPlace | null): LogReader {
  let place = start
  let reads = 0
  /** Which read was the first to have each row behind the place. */
  const firstRead = new Map<number, number>()

  return {
    get place() {
      return place
    },
    take(rows) {
      reads++
      const behind = rows.filter(({ number }) => number > (place?.number ?? 0))
      const fresh = behind.filter(({ number }) => !firstRead.has(number))
      for (const { number } of fresh) firstRead.set(number, reads)
      for (const { number, at } of behind) {
        const isNext = number === (place?.number ?? 0) + 1
        if (!isNext && reads - (firstRead.get(number) ?? reads) <= overlapReads) break
        place = { number, at }
        firstRead.delete(number)
      }
      return fresh
    },
  }
}

function tooSlow(): Error {
  return new Error(`the log of invalidations could not be read within ${READ_MS} ms`)
}

function pollingSettings(options: PollingChannelOptions): PollingSettings {
  const { store, intervalMs = 500, overlapSeconds = 60, onError, clock = Date.now, ...unknown } = options
  refuseUnknownOptions(unknown)
  wholeNumber('intervalMs', intervalMs, LONGEST_INTERVAL_MS)
  const overlapMs = wholeNumber('overlapSeconds', overlapSeconds, LONGEST_OVERLAP_SECONDS) * 1_000
  return {
    log: logOf(store),
    intervalMs,
    overlapMs,
    // A row is there when its read ends, and the next one begins an interval later.
    overlapReads: Math.ceil(overlapMs / intervalMs) + 1,
    failed: onError ?? ((cause) => process.emitWarning(cause as Error)),
    clock,
  }
}

/** @throws TypeError for a value that `sqlStore` did not make */
export function logOf(store: PollingChannelOptions['store']): InvalidationLog {
  if (typeof store?.invalidations?.from !== 'function') throw wrongOption('store', 'must be made by sqlStore')
  return store.invalidations
}

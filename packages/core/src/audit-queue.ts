import type { AuditEvent, AuditSink } from './audit-event.ts'
import { unheld, within } from './deadline.ts'
import { PatError } from './errors.ts'

export interface AuditQueueOptions {
  readonly sink: AuditSink
  /** How many events may wait. */
  readonly capacity: number
  /** How long one write may take, and a request wait. */
  readonly timeoutMs: number
}

/** Hands events to a sink in batches, off the path of requests. */
export interface AuditQueue {
  /** Takes an event to be written later. Past the capacity it is dropped, and counted. */
  push(event: AuditEvent): void
  /** Takes an event and says whether it became durable in time. */
  commit(event: AuditEvent): Promise<boolean>
  /** Resolves when all that was taken is written, or a write has failed. */
  flush(): Promise<void>
  /** Resolves when the write that is under way, and what it takes along, is done. Starts none. */
  settled(): Promise<void>
  /** Flushes once more and gives up what is left, which is counted as dropped. */
  close(): Promise<void>
  /** Events that are not yet written. */
  readonly waiting: number
  /** Uses whose events were lost since the start. */
  readonly dropped: number
}

interface Entry {
  readonly event: AuditEvent
  /** Told whether the event is durable; `null` where nobody waits for it. */
  readonly settle: ((durable: boolean) => void) | null
}

const LARGEST_BATCH = 500
const RETRY_MS = 1_000

/**
 * One write is under way at a time, and takes all that came in during the one before it (a group commit). Of a write
 * that fails, those who wait are told; the rest is kept and written again a second later. What a sink refuses again and
 * again is found by halving the batch, and goes to the end: one bad event must not stop all others.
 */
export function createAuditQueue(
  { sink, capacity, timeoutMs }: AuditQueueOptions,
  report: (fault: PatError) => void,
): AuditQueue {
  const entries = new Set<Entry>()
  let batchSize = LARGEST_BATCH
  let draining: Promise<void> | null = null
  let retry: ReturnType<typeof setTimeout> | null = null
  let dropped = 0
  let overflowing = false

  /** Told once for each time that the sink falls behind. */
  function overflow(): void {
    if (!overflowing) report(new PatError('ERR_PAT_AUDIT_OVERFLOW', `more than ${capacity} audit events wait`))
    overflowing = true
  }

  function start(): Promise<void> {
    if (retry !== null) clearTimeout(retry)
    retry = null
    if (entries.size > 0) draining ??= drain()
    return draining ?? Promise.resolve()
  }

  /** Ends in the same turn as it finds nothing left, so that nothing comes in between unseen. */
  async function drain(): Promise<void> {
    while (entries.size > 0 && retry === null) {
      await nextTurn()
      const batch = [...entries].slice(0, batchSize)
      if (await written(batch)) succeed(batch)
      else fail(batch)
    }
    draining = null
  }

  async function written(batch: readonly Entry[]): Promise<boolean> {
    try {
      // A write that hangs is given up: what it holds may be written again, since a sink keeps each id once.
      await within(
        timeoutMs,
        () => sink.write(batch.map(({ event }) => event)),
        () => new Error(`audit sink took longer than ${timeoutMs} ms`),
      )
      return true
    } catch (cause) {
      report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit sink failed', cause))
      return false
    }
  }

  function succeed(batch: readonly Entry[]): void {
    overflowing = false
    batchSize = Math.min(LARGEST_BATCH, batchSize * 2)
    for (const entry of batch) leave(entry, true)
  }

  function fail(batch: readonly Entry[]): void {
    const kept = batch.filter(({ settle }) => settle === null)
    for (const entry of batch) if (entry.settle !== null) leave(entry, false)
    if (kept.length === 0) return
    batchSize = Math.ceil(kept.length / 2)
    if (kept.length === 1) toTheEnd(kept[0] as Entry)
    retry = unheld(setTimeout(start, RETRY_MS))
  }

  function leave(entry: Entry, durable: boolean): void {
    entries.delete(entry)
    entry.settle?.(durable)
  }

  function toTheEnd(entry: Entry): void {
    entries.delete(entry)
    entries.add(entry)
  }

  return {
    push(event) {
      if (entries.size >= capacity) {
        dropped += event.count
        return overflow()
      }
      entries.add({ event, settle: null })
      if (retry === null) void start()
    },

    commit(event) {
      if (entries.size >= capacity) {
        overflow()
        return Promise.resolve(false)
      }
      return new Promise((resolve) => {
        const settle = (durable: boolean) => {
          clearTimeout(timer)
          resolve(durable)
        }
        const entry = { event, settle }
        const timer = setTimeout(() => leave(entry, false), timeoutMs)
        entries.add(entry)
        void start()
      })
    },

    flush: start,
    settled: () => draining ?? Promise.resolve(),

    async close() {
      await start()
      if (retry !== null) clearTimeout(retry)
      retry = null
      for (const { event } of entries) dropped += event.count
      entries.clear()
    },

    get waiting() {
      return entries.size
    },
    get dropped() {
      return dropped
    },
  }
}

/** Lets what arrives in this turn of the event loop join the batch. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

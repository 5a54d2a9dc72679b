import type { AuditEvent, AuditSink } from './audit-event.ts'
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
  /** Flushes once more and gives up what is left, which is counted as dropped. */
  close(): Promise<void>
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
 * One write is under way at a time, and takes all that came in during the one before it (a group commit). What nobody
 * waits for is kept and written again after a failure, in order: a sink is idempotent by event id.
 */
export function createAuditQueue(
  { sink, capacity, timeoutMs }: AuditQueueOptions,
  report: (fault: PatError) => void,
): AuditQueue {
  let entries: Entry[] = []
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
    if (entries.length > 0) draining ??= drain()
    return draining ?? Promise.resolve()
  }

  /** Ends in the same turn as it finds nothing left, so that nothing comes in between unseen. */
  async function drain(): Promise<void> {
    await nextTurn()
    while (entries.length > 0 && retry === null) {
      const batch = entries.slice(0, LARGEST_BATCH)
      if (await written(batch)) settleAll(batch, true)
      else keepUnawaited(batch)
    }
    draining = null
  }

  async function written(batch: readonly Entry[]): Promise<boolean> {
    try {
      await inTime(sink.write(batch.map(({ event }) => event)), timeoutMs)
      overflowing = false
      return true
    } catch (cause) {
      report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit sink failed', cause))
      return false
    }
  }

  /** Who waits is told, and who came to wait meanwhile gets a try of its own; the rest has time. */
  function keepUnawaited(batch: readonly Entry[]): void {
    settleAll(batch.filter(isAwaited), false)
    if (entries.length > 0 && !entries.some(isAwaited)) retry = unheld(setTimeout(start, RETRY_MS))
  }

  function settleAll(batch: readonly Entry[], durable: boolean): void {
    const left = new Set(batch)
    entries = entries.filter((entry) => !left.has(entry))
    for (const { settle } of batch) settle?.(durable)
  }

  return {
    push(event) {
      if (entries.length >= capacity) {
        dropped += event.count
        return overflow()
      }
      entries.push({ event, settle: null })
      if (retry === null) void start()
    },

    commit(event) {
      if (entries.length >= capacity) {
        overflow()
        return Promise.resolve(false)
      }
      return new Promise((resolve) => {
        const settle = (durable: boolean) => {
          clearTimeout(timer)
          resolve(durable)
        }
        const entry = { event, settle }
        const timer = setTimeout(() => settleAll([entry], false), timeoutMs)
        entries.push(entry)
        void start()
      })
    },

    flush: start,

    async close() {
      await start()
      if (retry !== null) clearTimeout(retry)
      dropped += entries.reduce((sum, { event }) => sum + event.count, 0)
      entries = []
    },

    get dropped() {
      return dropped
    },
  }
}

/** A write that hangs is given up: what it holds may be written again, since a sink keeps each id once. */
function inTime(write: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`audit sink took longer than ${timeoutMs} ms`)), timeoutMs)
    Promise.resolve(write)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

function isAwaited({ settle }: Entry): boolean {
  return settle !== null
}

/** Lets what arrives in this turn of the event loop join the batch. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A timer that does not keep the process alive, where the runtime has such. */
function unheld(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref?.()
  return timer
}

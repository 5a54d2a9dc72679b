import type { AuditEvent, AuditSink } from './audit.ts'
import { PatError } from './errors.ts'

/** Hands events to a sink in batches, off the path of requests. */
export interface AuditQueue {
  /** Takes an event to be written later. Past the capacity it is dropped, and counted. */
  push(event: AuditEvent): void
  /** Takes an event and says whether it became durable in time. */
  commit(event: AuditEvent, timeoutMs: number): Promise<boolean>
  /** Resolves when all that was taken is written, or a write has failed. */
  flush(): Promise<void>
  /** Flushes once more and gives up what is left, which is counted as dropped. */
  close(): Promise<void>
  /** Events lost since the start. */
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
export function createAuditQueue(sink: AuditSink, capacity: number, report: (fault: PatError) => void): AuditQueue {
  let entries: Entry[] = []
  let draining: Promise<void> | null = null
  let retry: ReturnType<typeof setTimeout> | null = null
  let dropped = 0

  function start(): Promise<void> {
    if (retry !== null) clearTimeout(retry)
    retry = null
    draining ??= drain().finally(() => {
      draining = null
    })
    return draining
  }

  async function drain(): Promise<void> {
    while (entries.length > 0) {
      await nextTurn()
      const batch = entries.slice(0, LARGEST_BATCH)
      if (!(await written(batch))) return retryLater(batch)
      leave(batch)
      for (const { settle } of batch) settle?.(true)
    }
  }

  async function written(batch: readonly Entry[]): Promise<boolean> {
    try {
      await sink.write(batch.map(({ event }) => event))
      return true
    } catch (cause) {
      report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit sink failed', cause))
      return false
    }
  }

  function retryLater(batch: readonly Entry[]): void {
    const awaited = batch.filter(({ settle }) => settle !== null)
    leave(awaited)
    for (const { settle } of awaited) settle?.(false)
    if (entries.length > 0) retry = unheld(setTimeout(start, RETRY_MS))
  }

  function leave(gone: readonly Entry[]): void {
    const left = new Set(gone)
    entries = entries.filter((entry) => !left.has(entry))
  }

  return {
    push(event) {
      if (entries.length >= capacity) {
        dropped++
        return
      }
      entries.push({ event, settle: null })
      if (retry === null) void start()
    },

    commit(event, timeoutMs) {
      if (entries.length >= capacity) return Promise.resolve(false)
      return new Promise((resolve) => {
        const settle = (durable: boolean) => {
          clearTimeout(timer)
          resolve(durable)
        }
        const entry = { event, settle }
        const timer = setTimeout(() => {
          leave([entry])
          resolve(false)
        }, timeoutMs)
        entries.push(entry)
        void start()
      })
    },

    flush: start,

    async close() {
      await start()
      if (retry !== null) clearTimeout(retry)
      dropped += entries.length
      entries = []
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

/** A timer that does not keep the process alive, where the runtime has such. */
function unheld(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref?.()
  return timer
}

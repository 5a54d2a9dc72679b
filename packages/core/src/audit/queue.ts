import { nextTurn, unref } from '../async.ts'
import type { PatError } from '../errors.ts'
import { createBacklog, type Entry } from './backlog.ts'
import type { AuditEvent } from './event.ts'
import { type AuditQueueOptions, createAuditWriter, SIGNS_OF_OUTAGE } from './writer.ts'

/** Hands events to a sink in batches, off the path of requests. */
export interface AuditQueue {
  /** Takes an event to be written later. Past the capacity it is dropped, and counted. */
  push(event: AuditEvent): void
  /** Resolves when all that was taken is written, or a write has failed. */
  flush(): Promise<void>
  /** Resolves when the write that is under way, and what it takes along, is done. Starts none. */
  settled(): Promise<void>
  /** Writes what the sink takes, and gives up the rest, which is counted as dropped. */
  close(): Promise<void>
  /** Events that are not yet written. */
  readonly waiting: number
  /** Uses whose events were lost since the start. */
  readonly dropped: number
}

const RETRY_MS = 1_000

/**
 * One write is under way at a time. What a sink does not take is kept, and written again a second later. What it refuses
 * again and again is found by halving the batch, goes to the end, and is let go at last: one bad event must not stop
 * all others, nor take their room.
 */
export function createAuditQueue(options: AuditQueueOptions, report: (fault: PatError) => void): AuditQueue {
  const writer = createAuditWriter(options, report)
  const backlog = createBacklog(report)
  let working: Promise<void> | null = null
  let retry: ReturnType<typeof setTimeout> | null = null

  function start(): Promise<void> {
    stopWaiting()
    if (backlog.size > 0) working ??= drain()
    return working ?? Promise.resolve()
  }

  function stopWaiting(): void {
    if (retry !== null) clearTimeout(retry)
    retry = null
  }

  /** Ends in the same turn in which the backlog is found empty, so that no event is left behind. */
  async function drain(): Promise<void> {
    while (backlog.size > 0 && retry === null) {
      await nextTurn()
      const refused = await writeNext()
      if (refused === null) continue
      backlog.refused(refused)
      retry = unref(setTimeout(start, RETRY_MS))
    }
    working = null
  }

  /** Without retries. An event that is refused alone is lost. Once the sink proves unavailable, so are all others. */
  async function finish(): Promise<void> {
    let refusedInARow = 0
    while (backlog.size > 0 && refusedInARow < SIGNS_OF_OUTAGE) {
      const refused = await writeNext()
      if (refused === null) refusedInARow = 0
      else if (refused.length > 1) backlog.single()
      else {
        backlog.lose(refused[0] as Entry)
        refusedInARow++
      }
    }
    backlog.loseAll()
    working = null
  }

  /** @returns what the sink has refused, or `null` */
  async function writeNext(): Promise<readonly Entry[] | null> {
    const batch = backlog.next()
    if (!(await writer.write(batch.map(({ event }) => event)))) return batch
    backlog.written(batch)
    return null
  }

  return {
    push(event) {
      if (backlog.size >= options.capacity) {
        backlog.overflow(event)
        return writer.overflow()
      }
      backlog.add(event)
      if (retry === null) void start()
    },
    flush: start,
    settled: () => working ?? Promise.resolve(),
    async close() {
      await working
      stopWaiting()
      if (backlog.size > 0) working ??= finish()
      await working
    },
    get waiting() {
      return backlog.size
    },
    get dropped() {
      return backlog.dropped
    },
  }
}

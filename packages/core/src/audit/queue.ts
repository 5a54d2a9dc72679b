import { nextTurn, unref } from '../async.ts'
import { PatError } from '../errors.ts'
import type { AuditEvent } from './event.ts'
import { type AuditQueueOptions, createAuditWriter, LARGEST_BATCH, SIGNS_OF_OUTAGE } from './writer.ts'

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

interface Entry {
  readonly event: AuditEvent
  /** How often the sink has refused it alone, other batches having been written in between. */
  refusals: number
  /** How many batches were written when it was refused last. */
  refusedAfter: number
}

const RETRY_MS = 1_000
const MOST_REFUSALS = 3

/**
 * One write is under way at a time. What a sink does not take is kept, and written again a second later. What it refuses
 * again and again is found by halving the batch, goes to the end, and is let go at last: one bad event must not stop
 * all others, nor take their room.
 */
export function createAuditQueue(options: AuditQueueOptions, report: (fault: PatError) => void): AuditQueue {
  const writer = createAuditWriter(options, report)
  const entries = new Set<Entry>()
  let batchSize = LARGEST_BATCH
  let batchesWritten = 0
  let working: Promise<void> | null = null
  let retry: ReturnType<typeof setTimeout> | null = null
  let dropped = 0

  function start(): Promise<void> {
    stopWaiting()
    if (entries.size > 0) working ??= drain()
    return working ?? Promise.resolve()
  }

  function stopWaiting(): void {
    if (retry !== null) clearTimeout(retry)
    retry = null
  }

  /** Ends in the same turn as it finds nothing left, so that nothing comes in between unseen. */
  async function drain(): Promise<void> {
    while (entries.size > 0 && retry === null) {
      await nextTurn()
      const refused = await writeNext()
      if (refused !== null) tryLater(refused)
    }
    working = null
  }

  /** Without a wait. What is refused alone is lost, and the rest as well once the sink shows that it is away. */
  async function finish(): Promise<void> {
    let refusedInARow = 0
    while (entries.size > 0 && refusedInARow < SIGNS_OF_OUTAGE) {
      const refused = await writeNext()
      if (refused === null) refusedInARow = 0
      else if (refused.length > 1) batchSize = 1
      else {
        lose(refused[0] as Entry)
        refusedInARow++
      }
    }
    for (const entry of entries) lose(entry)
    working = null
  }

  /** @returns what the sink has refused, or `null` */
  async function writeNext(): Promise<readonly Entry[] | null> {
    const batch = [...entries].slice(0, batchSize)
    if (!(await writer.write(batch.map(({ event }) => event)))) return batch
    batchesWritten++
    batchSize = Math.min(LARGEST_BATCH, batchSize * 2)
    for (const entry of batch) entries.delete(entry)
    return null
  }

  function tryLater(refused: readonly Entry[]): void {
    batchSize = Math.ceil(refused.length / 2)
    if (refused.length === 1) setAside(refused[0] as Entry)
    retry = unref(setTimeout(start, RETRY_MS))
  }

  /** While a sink is away it refuses everything, which says nothing about an event. */
  function setAside(entry: Entry): void {
    if (entry.refusedAfter !== batchesWritten) entry.refusals++
    entry.refusedAfter = batchesWritten
    entries.delete(entry)
    if (entry.refusals === MOST_REFUSALS) giveUp(entry)
    else entries.add(entry)
  }

  function giveUp(entry: Entry): void {
    lose(entry)
    report(new PatError('ERR_PAT_AUDIT_REFUSED', `audit sink refuses the event ${entry.event.id}, which is dropped`))
  }

  function lose(entry: Entry): void {
    entries.delete(entry)
    dropped += entry.event.count
  }

  return {
    push(event) {
      if (entries.size >= options.capacity) {
        dropped += event.count
        return writer.overflow()
      }
      entries.add({ event, refusals: 0, refusedAfter: -1 })
      if (retry === null) void start()
    },
    flush: start,
    settled: () => working ?? Promise.resolve(),
    async close() {
      await working
      stopWaiting()
      if (entries.size > 0) working ??= finish()
      await working
    },
    get waiting() {
      return entries.size
    },
    get dropped() {
      return dropped
    },
  }
}

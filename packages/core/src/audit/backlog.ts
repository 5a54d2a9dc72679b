import { PatError } from '../errors.ts'
import type { AuditEvent } from './event.ts'
import { LARGEST_BATCH } from './writer.ts'

export interface Entry {
  readonly event: AuditEvent
  /** How often the sink has refused it alone, other batches having been written in between. */
  refusals: number
  /** How many batches were written when it was refused last. */
  refusedAfter: number
}

/** The events that a sink has not taken yet, and which of them to write next. */
export interface Backlog {
  add(event: AuditEvent): void
  next(): readonly Entry[]
  written(batch: readonly Entry[]): void
  /** Halves the next batch. An event that is refused alone goes to the end, and is dropped later. */
  refused(batch: readonly Entry[]): void
  /** Takes entries one by one from now on. */
  single(): void
  lose(entry: Entry): void
  loseAll(): void
  /** Counts an event that exceeds the capacity. */
  overflow(event: AuditEvent): void
  readonly size: number
  /** Uses whose events were lost. */
  readonly dropped: number
}

const MOST_REFUSALS = 3

export function createBacklog(report: (fault: PatError) => void): Backlog {
  const entries = new Set<Entry>()
  let batchSize = LARGEST_BATCH
  let batchesWritten = 0
  let dropped = 0

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
    add: (event) => void entries.add({ event, refusals: 0, refusedAfter: -1 }),
    next: () => [...entries].slice(0, batchSize),
    written(batch) {
      batchesWritten++
      batchSize = Math.min(LARGEST_BATCH, batchSize * 2)
      for (const entry of batch) entries.delete(entry)
    },
    refused(batch) {
      batchSize = Math.ceil(batch.length / 2)
      if (batch.length === 1) setAside(batch[0] as Entry)
    },
    single() {
      batchSize = 1
    },
    lose,
    loseAll() {
      for (const entry of entries) lose(entry)
    },
    overflow(event) {
      dropped += event.count
    },
    get size() {
      return entries.size
    },
    get dropped() {
      return dropped
    },
  }
}

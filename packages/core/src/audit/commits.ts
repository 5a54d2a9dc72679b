import { nextTurn } from '../async.ts'
import type { PatError } from '../errors.ts'
import type { AuditEvent } from './event.ts'
import { type AuditQueueOptions, createAuditWriter, LARGEST_BATCH, SIGNS_OF_OUTAGE } from './writer.ts'

/** Makes events durable while requests wait for it. */
export interface AuditCommits {
  /** Takes an event and says whether it became durable in time. */
  commit(event: AuditEvent): Promise<boolean>
  /** Resolves when nobody waits any more. */
  settled(): Promise<void>
  /** Events that requests wait for. */
  readonly waiting: number
}

interface Waiter {
  readonly event: AuditEvent
  readonly settle: (durable: boolean) => void
}

/**
 * One write is under way at a time, and takes all that came in during the one before it (a group commit). Of a write
 * that fails, each event has a try of its own: one that the sink refuses must not refuse the requests beside it.
 */
export function createAuditCommits(options: AuditQueueOptions, report: (fault: PatError) => void): AuditCommits {
  const { capacity, timeoutMs } = options
  const writer = createAuditWriter(options, report)
  const waiters = new Set<Waiter>()
  let draining: Promise<void> | null = null

  /** Ends in the same turn as it finds nobody left, so that nobody comes in between unseen. */
  async function drain(): Promise<void> {
    while (waiters.size > 0) {
      await nextTurn()
      const batch = [...waiters].slice(0, LARGEST_BATCH)
      if (await writer.write(batch.map(({ event }) => event))) for (const waiter of batch) tell(waiter, true)
      else await writeAlone(batch)
    }
    draining = null
  }

  /** Where the first are refused again, the sink is away, and the rest need not wait to hear it. */
  async function writeAlone(batch: readonly Waiter[]): Promise<void> {
    let failuresLeft = batch.length === 1 ? 0 : SIGNS_OF_OUTAGE
    for (const waiter of batch) {
      // Whose time is up has been told.
      if (!waiters.has(waiter)) continue
      const durable = failuresLeft > 0 && (await writer.write([waiter.event]))
      tell(waiter, durable)
      failuresLeft = durable ? Number.POSITIVE_INFINITY : failuresLeft - 1
    }
  }

  function tell(waiter: Waiter, durable: boolean): void {
    waiters.delete(waiter)
    waiter.settle(durable)
  }

  return {
    commit(event) {
      if (waiters.size >= capacity) {
        writer.overflow()
        return Promise.resolve(false)
      }
      return new Promise((resolve) => {
        const settle = (durable: boolean) => {
          clearTimeout(timer)
          resolve(durable)
        }
        const waiter = { event, settle }
        const timer = setTimeout(() => tell(waiter, false), timeoutMs)
        waiters.add(waiter)
        draining ??= drain()
      })
    },
    settled: () => draining ?? Promise.resolve(),
    get waiting() {
      return waiters.size
    },
  }
}

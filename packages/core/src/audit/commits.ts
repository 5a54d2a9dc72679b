import { nextTurn } from '../async.ts'
import type { PatError } from '../errors.ts'
import type { AuditEvent } from './event.ts'
import { type AuditQueueOptions, createAuditWriter, LARGEST_BATCH, SIGNS_OF_OUTAGE } from './writer.ts'

/** Makes events durable while requests wait for it. */
export interface AuditCommits {
  /** Takes an event and says whether it became durable in time. */
  commit(event: AuditEvent): Promise<boolean>
  /** Resolves when no request is waiting. */
  settled(): Promise<void>
  /** Events that requests wait for. */
  readonly waiting: number
}

interface Waiter {
  readonly event: AuditEvent
  readonly answer: (durable: boolean) => void
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

  /** Ends in the same turn in which it finds no waiter, so that none is left behind. */
  async function drain(): Promise<void> {
    while (waiters.size > 0) {
      await nextTurn()
      const batch = [...waiters].slice(0, LARGEST_BATCH)
      if (await writer.write(batch.map(({ event }) => event))) for (const waiter of batch) settle(waiter, true)
      else await writeAlone(batch)
    }
    draining = null
  }

  /** If the first are refused again, the sink is unavailable, and the rest are answered at once. */
  async function writeAlone(batch: readonly Waiter[]): Promise<void> {
    let failuresLeft = batch.length === 1 ? 0 : SIGNS_OF_OUTAGE
    for (const waiter of batch) {
      // Waiters whose time was up have their answer.
      if (!waiters.has(waiter)) continue
      const durable = failuresLeft > 0 && (await writer.write([waiter.event]))
      settle(waiter, durable)
      failuresLeft = durable ? Number.POSITIVE_INFINITY : failuresLeft - 1
    }
  }

  function settle(waiter: Waiter, durable: boolean): void {
    waiters.delete(waiter)
    waiter.answer(durable)
  }

  return {
    commit(event) {
      if (waiters.size >= capacity) {
        writer.overflow()
        return Promise.resolve(false)
      }
      return new Promise((resolve) => {
        const answer = (durable: boolean) => {
          clearTimeout(timer)
          resolve(durable)
        }
        const waiter = { event, answer }
        const timer = setTimeout(() => settle(waiter, false), timeoutMs)
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

import { within } from '../async.ts'
import { PatError } from '../errors.ts'
import type { AuditEvent, AuditSink } from './event.ts'

export interface AuditQueueOptions {
  readonly sink: AuditSink
  /** How many events may wait. */
  readonly capacity: number
  /** How long one write may take, and a request wait. */
  readonly timeoutMs: number
}

/** A sink whose faults are reported. */
export interface AuditWriter {
  /** Says whether the events became durable in time. */
  write(events: readonly AuditEvent[]): Promise<boolean>
  /** Reports that more events wait than may: once for each time that the sink falls behind. */
  overflow(): void
}

/** How many events are written together at most. */
export const LARGEST_BATCH = 500
/** So many events in a row that are refused, each alone, are the sink's fault and not theirs. */
export const SIGNS_OF_OUTAGE = 2

export function createAuditWriter(
  { sink, capacity, timeoutMs }: AuditQueueOptions,
  report: (fault: PatError) => void,
): AuditWriter {
  let overflowing = false
  return {
    async write(events) {
      try {
        // A write that hangs is given up: what it holds may be written again, since a sink keeps each id once.
        await within(
          timeoutMs,
          () => sink.write(events),
          () => new Error(`audit sink took longer than ${timeoutMs} ms`),
        )
        overflowing = false
        return true
      } catch (cause) {
        report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit sink failed', cause))
        return false
      }
    },
    overflow() {
      if (!overflowing) report(new PatError('ERR_PAT_AUDIT_OVERFLOW', `more than ${capacity} audit events are waiting`))
      overflowing = true
    },
  }
}

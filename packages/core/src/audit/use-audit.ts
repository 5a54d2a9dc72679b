import type { Auditor, WrittenEvent } from './auditor.ts'
import { type AuditEvent, type RequestContext, type Use, useEvent } from './event.ts'
import { createStamps } from './event-id.ts'

/** How an event relates to an earlier one of the same decision. */
export interface Withdrawal {
  /** The id of the event that no longer matches the answer. */
  readonly withdraws: string | null
  /** Whether `required` audit waits for the event. */
  readonly awaited: boolean
}

interface ContextReader<Q> {
  context(request: Q): RequestContext
}

export interface UseAudit {
  /** @returns `null` where the event is not waited for */
  emit<Q>(use: Use, request: Q, reader: ContextReader<Q>, withdrawal?: Withdrawal): WrittenEvent | null
}

const FIRST: Withdrawal = Object.freeze({ withdraws: null, awaited: true })

export function createUseAudit(auditor: Auditor, clock: () => number): UseAudit {
  const stamp = createStamps()
  return {
    emit(use, request, reader, { withdraws, awaited } = FIRST) {
      if (!auditor.listening()) return null
      let event: AuditEvent
      try {
        const context = reader.context(request)
        event = useEvent(stamp(use.at ?? clock()), use, withdraws, context)
      } catch (cause) {
        return auditor.miss(cause)
      }
      return auditor.take(event, awaited)
    },
  }
}

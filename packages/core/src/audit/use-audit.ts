import type { Decision } from '../decision.ts'
import type { CompiledRecord, TokenRecord } from '../lookup/record.ts'
import type { Auditor, WrittenEvent } from './auditor.ts'
import { type RequestContext, type UseEvent, useEvent } from './event.ts'

/** What the event of a use says, beside the request. */
export interface Use<R extends TokenRecord> {
  readonly kind: UseEvent['kind']
  readonly decision: Decision<R>
  readonly record: CompiledRecord<R> | null
  readonly clientIp: string | null
  /** The instant of the decision, in epoch milliseconds; `null` where the clock has not been read. */
  readonly at: number | null
}

/** How an event relates to an earlier one of the same decision. */
export interface Withdrawal {
  /** The id of the event that no longer says what is answered. */
  readonly withdraws: string | null
  /** Whether `required` audit waits for the event. */
  readonly awaited: boolean
}

interface ContextReader<Q> {
  context(request: Q): RequestContext
}

export interface UseAudit<R extends TokenRecord> {
  /** @returns `null` where the event is not waited for */
  emit<Q>(use: Use<R>, request: Q, reader: ContextReader<Q>, withdrawal?: Withdrawal): WrittenEvent | null
}

const FIRST: Withdrawal = Object.freeze({ withdraws: null, awaited: true })

export function createUseAudit<R extends TokenRecord>(auditor: Auditor, clock: () => number): UseAudit<R> {
  return {
    emit(use, request, reader, { withdraws, awaited } = FIRST) {
      if (!auditor.listening()) return null
      const { kind, decision, record, clientIp, at } = use
      return auditor.emit((stamp) => {
        const context = reader.context(request)
        return useEvent(stamp(at ?? clock()), kind, decision, record, clientIp, withdraws, context)
      }, awaited)
    },
  }
}

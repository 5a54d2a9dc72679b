import type { AuditEvent, AuditSink } from './audit-event.ts'

/** A sink that keeps events in memory, for tests: each id once, in the order of their first arrival. */
export interface MemorySink extends AuditSink {
  readonly events: readonly AuditEvent[]
}

export function memorySink(): MemorySink {
  const kept = new Map<string, AuditEvent>()
  return Object.freeze({
    async write(events: readonly AuditEvent[]) {
      for (const event of events) kept.set(event.id, event)
    },
    get events() {
      return [...kept.values()]
    },
  })
}

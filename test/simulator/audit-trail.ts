import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { AuditEvent, AuditSink } from '@patkit/core'
import { AUDIT_CHANNEL } from '@patkit/core'
import type { Decided } from './answer.ts'
import type { World } from './world.ts'

/** A write that the sink has been asked for. */
interface Write {
  readonly number: number
  readonly events: readonly AuditEvent[]
  readonly resolve: () => void
  readonly reject: (cause: Error) => void
}

/** The sink of `required` audit, and the moments at which events were emitted. */
export interface AuditTrail {
  readonly sink: AuditSink
  /** The id of the request that asks a question, by which events name it. */
  requestId(question: number): string
  /** Writes without an answer. */
  readonly unsettled: readonly Write[]
  commit(write: Write): void
  /** Fails a write; what it held may be on record all the same. */
  fail(write: Write): void
  /** From now on every write is answered at once. */
  heal(): void
  /** The moments at which a question was decided and put on record. */
  decided(question: number): readonly Decided[]
  /** The instant from which on the event of a question was waited for in vain, or `null`. */
  failedAt(question: number): number | null
  /** The outcome in the last event on record, or `null`. */
  lastWord(question: number): AuditEvent['outcome'] | null
  close(): void
}

let trails = 0

export function createAuditTrail(
  world: World,
  observe: (question: number) => Pick<Decided, 'trusted' | 'othersWaiting'>,
): AuditTrail {
  const { random, timeline } = world
  const moments = new Map<number, Decided[]>()
  const onRecord = new Map<string, AuditEvent>()
  const failed = new Map<number, number>()
  const unsettled = new Set<Write>()
  let healthy = false
  let writes = 0

  // Receives the events of all walks of a process, also of walks that ended before their requests.
  const walk = `${++trails}:`
  const receive = (message: unknown): void => {
    if (!(message as AuditEvent).request.id?.startsWith(walk)) return
    const question = questionOf(message as AuditEvent)
    const moment = { seq: world.tick(), at: timeline.now, ...observe(question) }
    moments.set(question, [...(moments.get(question) ?? []), moment])
  }
  subscribe(AUDIT_CHANNEL, receive)

  function keep(events: readonly AuditEvent[]): void {
    for (const event of events) if (!onRecord.has(event.id)) onRecord.set(event.id, event)
  }

  function commit(write: Write): void {
    unsettled.delete(write)
    keep(write.events)
    write.resolve()
  }

  function fail(write: Write): void {
    unsettled.delete(write)
    if (random.chance(0.3)) keep(write.events)
    for (const event of write.events) failed.set(questionOf(event), timeline.now)
    write.reject(new Error('log unreachable'))
  }

  return {
    sink: {
      write(events) {
        const number = ++writes
        world.note(() => `  the log is asked to keep ${events.map(describe).join(', ')} (write ${number})`)
        return new Promise((resolve, reject) => {
          const write = { number, events, resolve, reject }
          if (healthy || random.chance(0.5)) return commit(write)
          unsettled.add(write)
        })
      },
    },
    requestId: (question) => `${walk}${question}`,
    get unsettled() {
      return [...unsettled]
    },
    commit,
    fail,
    heal() {
      healthy = true
      for (const write of unsettled) commit(write)
    },
    decided: (question) => moments.get(question) ?? [],
    failedAt: (question) => failed.get(question) ?? null,
    lastWord(question) {
      const events = [...onRecord.values()].filter((event) => questionOf(event) === question)
      return events.toSorted((one, other) => (one.id < other.id ? -1 : 1)).at(-1)?.outcome ?? null
    },
    close: () => void unsubscribe(AUDIT_CHANNEL, receive),
  }
}

function questionOf({ request }: AuditEvent): number {
  return Number(request.id?.split(':')[1])
}

function describe(event: AuditEvent): string {
  return `#${questionOf(event)} ${event.outcome}`
}

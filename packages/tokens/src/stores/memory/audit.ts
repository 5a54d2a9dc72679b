import type { AuditEvent } from '@patkit/core'
import type {
  AuditFilter,
  AuditQuery,
  AuditScope,
  AuditStore,
  EventPlace,
  LoggedEvent,
  LogPart,
} from '../../audit/audit-store.ts'
import type { ChangeEvent } from '../../audit/change-event.ts'
import { concerns, erasedEvent } from '../../audit/erased-event.ts'
import type { Erasure, Owner } from '../token-store.ts'

export interface MemoryAudit {
  readonly audit: AuditStore
  /** Keeps a change, each id once. */
  keep(event: ChangeEvent): void
  changes(): readonly ChangeEvent[]
  /** Erases from events, `limit` at most. @returns how many there were */
  erase(erasure: Erasure, limit: number): number
}

/**
 * @param written called with uses after they were kept
 * @param since the instant from which on events are an owner's; `null` for all
 */
export function memoryAudit(
  written: (events: readonly AuditEvent[]) => void,
  since: (owner: Owner) => Date | null,
): MemoryAudit {
  const uses = new Map<string, AuditEvent>()
  const changes = new Map<string, ChangeEvent>()

  function list({ scope, filter, descending, after, limit }: AuditQuery): readonly LoggedEvent[] {
    const direction = descending ? -1 : 1
    const first = scope !== null && 'principalId' in scope ? since(scope) : null
    return [...lastWords(uses.values()), ...changes.values()]
      .filter((event) => isOf(scope, event) && passes(filter, event))
      .filter((event) => first === null || event.at >= first)
      .filter((event) => after === null || direction * compare(placeOf(event), after) > 0)
      .sort((a, b) => direction * compare(placeOf(a), placeOf(b)))
      .slice(0, limit)
  }

  function prune(whose: string | null, part: LogPart, before: Date, limit: number): number {
    const events: Map<string, LoggedEvent> = part === 'uses' ? uses : changes
    const old = [...events.values()]
      .filter(({ at, organizationId }) => at < before && (whose === null || organizationId === whose))
      .sort((a, b) => compare(placeOf(a), placeOf(b)))
      .slice(0, limit)
    for (const { id } of old) events.delete(id)
    return old.length
  }

  return {
    audit: Object.freeze({
      async write(events) {
        for (const event of events) if (!uses.has(event.id)) uses.set(event.id, event)
        written(events)
      },
      list: async (query) => list(query),
      prune: async (part, before, limit) => prune(null, part, before, limit),
      pruneOrganization: async (whose, part, before, limit) => prune(whose, part, before, limit),
    } satisfies AuditStore),
    keep(event) {
      if (!changes.has(event.id)) changes.set(event.id, event)
    },
    erase(erasure, limit) {
      const concerned = [...uses.values(), ...changes.values()].filter((event) => concerns(erasure, event))
      for (const event of concerned.slice(0, limit)) {
        const erased = erasedEvent(erasure, event)
        const events: Map<string, LoggedEvent> = event.kind === 'change' ? changes : uses
        if (erased === null) events.delete(event.id)
        else events.set(event.id, erased)
      }
      return Math.min(concerned.length, limit)
    },
    changes: () => [...changes.values()],
  }
}

/** Of an event and those that withdraw it, the last one counts. Ids grow. */
function lastWords(uses: Iterable<AuditEvent>): Iterable<AuditEvent> {
  const last = new Map<string, AuditEvent>()
  for (const event of uses) {
    const decision = event.withdraws ?? event.id
    const earlier = last.get(decision)
    if (earlier === undefined || event.id > earlier.id) last.set(decision, event)
  }
  return last.values()
}

function isOf(scope: AuditScope, { organizationId, principalId }: LoggedEvent): boolean {
  if (scope === null) return true
  return organizationId === scope.organizationId && (!('principalId' in scope) || principalId === scope.principalId)
}

function passes(
  { tokenId, outcome, reason, clientIp, requestId, from, until }: AuditFilter,
  event: LoggedEvent,
): boolean {
  return (
    (tokenId === null || event.tokenId === tokenId) &&
    (outcome === null || outcomeOf(event) === outcome) &&
    (reason === null || (event.kind !== 'change' && event.outcome === reason)) &&
    (clientIp === null || (event.kind !== 'change' && event.clientIp === clientIp)) &&
    (requestId === null || (event.kind !== 'change' && event.request.id === requestId)) &&
    (from === null || event.at >= from) &&
    (until === null || event.at < until)
  )
}

function outcomeOf(event: LoggedEvent): AuditFilter['outcome'] {
  if (event.kind === 'change') return 'changed'
  return event.outcome === 'allowed' ? 'allowed' : 'denied'
}

function placeOf({ at, id }: LoggedEvent): EventPlace {
  return { at: at.getTime(), id }
}

function compare(a: EventPlace, b: EventPlace): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

import { erasedUse } from '@patkit/core/adapter'
import type { Erasure } from '../stores/token-store.ts'
import type { LoggedEvent } from './audit-store.ts'

/** Whether an event belongs to the erased principal. A later principal with the same id has events of its own. */
export function concerns(erasure: Erasure, event: LoggedEvent): boolean {
  const { organizationId, principalId, events, returnedAt } = erasure
  if (events === 'keep' || event.organizationId !== organizationId) return false
  if (returnedAt !== null && event.at >= returnedAt) return false
  return event.principalId === principalId || otherOf(event) === principalId
}

/** The event after the erasure; `null` where it is removed. */
export function erasedEvent(erasure: Erasure, event: LoggedEvent): LoggedEvent | null {
  const { organizationId, principalId: id, pseudonym, events } = erasure
  if (events === 'keep') return event
  if (event.kind !== 'change') return erasedUse({ organizationId, principalId: id, pseudonym, events }, event)
  if (events === 'erase' && event.principalId === id) return null
  const principalId = event.principalId === id ? pseudonym : event.principalId
  const actorId = event.actorId === id ? pseudonym : event.actorId
  return { ...event, principalId, actorId, reason: null, clientIp: null }
}

/** The other principal that an event names. */
export function otherOf(event: LoggedEvent): string | null {
  return event.kind === 'change' ? event.actorId : event.userId
}

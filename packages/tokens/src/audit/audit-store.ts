import type { AuditEvent, AuditSink, DenyReason } from '@patkit/core'
import type { Owner } from '../input/owner.ts'
import type { ChangeEvent } from './change-event.ts'

/** An event on record: a use of a token, or a change. */
export type LoggedEvent = AuditEvent | ChangeEvent

/** Whose events: an owner's, an organization's, or `null` for all events, those without an owner included. */
export type AuditScope = Owner | Pick<Owner, 'organizationId'> | null

/** Selects events. `null` fields select all. */
export interface AuditFilter {
  readonly tokenId: string | null
  /** `changed`: changes, which the next three do not select. `denied`: uses that were not allowed. */
  readonly outcome: 'allowed' | 'denied' | 'changed' | null
  readonly reason: DenyReason | null
  /** The client address, in canonical form. */
  readonly clientIp: string | null
  /** The id of the request, as events have it. */
  readonly requestId: string | null
  /** From this instant on. */
  readonly from: Date | null
  /** Before this instant. */
  readonly until: Date | null
}

/** An event's place in the order of time: epoch milliseconds, and the id among those of one millisecond. */
export interface EventPlace {
  readonly at: number
  readonly id: string
}

export interface AuditQuery {
  readonly scope: AuditScope
  readonly filter: AuditFilter
  /** Newest first. */
  readonly descending: boolean
  /** Events behind this place in the order. */
  readonly after: EventPlace | null
  readonly limit: number
}

/** Uses and changes are kept apart, and for as long as each is needed. */
export type LogPart = 'uses' | 'changes'

/** Stores events. `write` keeps uses, each id once; the store writes change events together with their changes. */
export interface AuditStore extends AuditSink {
  /** At most `limit` events. */
  list(query: AuditQuery): Promise<readonly LoggedEvent[]>
  /** Removes the oldest events of a part before an instant, `limit` at most. @returns how many there were */
  prune(part: LogPart, before: Date, limit: number): Promise<number>
  /** The same among the events of one organization, and no others. */
  pruneOrganization(organizationId: string, part: LogPart, before: Date, limit: number): Promise<number>
}

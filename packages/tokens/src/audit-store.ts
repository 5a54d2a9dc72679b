import type { AuditEvent, AuditSink, DenyReason } from '@patkit/core'
import type { ChangeEvent } from './change-event.ts'
import type { Owner } from './owner.ts'

/** What is on record: uses of tokens, and what was done to them. */
export type LoggedEvent = AuditEvent | ChangeEvent

/** Whose events: an owner's, an organization's, or `null` for all of them, those that belong to nobody included. */
export type AuditScope = Owner | Pick<Owner, 'organizationId'> | null

/** Which events. `null` members do not count. */
export interface AuditFilter {
  readonly tokenId: string | null
  /** `changed` are the changes, which know neither reason nor address; `denied` are all but allowed uses. */
  readonly outcome: 'allowed' | 'denied' | 'changed' | null
  readonly reason: DenyReason | null
  /** The client address, in canonical form. */
  readonly clientIp: string | null
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

/** Where events live. `write` keeps uses, each id once; changes are written by the store together with what they tell. */
export interface AuditStore extends AuditSink {
  /** At most `limit` events. */
  list(query: AuditQuery): Promise<readonly LoggedEvent[]>
  /** Removes the oldest events of a part before an instant, `limit` at most. @returns how many there were */
  prune(part: LogPart, before: Date, limit: number): Promise<number>
  /** The same among the events of one organization, and no others. */
  pruneOrganization(organizationId: string, part: LogPart, before: Date, limit: number): Promise<number>
}

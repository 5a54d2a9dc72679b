import type { Decision, DenyReason } from '../decision.ts'
import type { CompiledRecord, TokenRecord } from '../lookup/record.ts'
import { mayUse } from '../policy.ts'
import { printable } from '../text.ts'
import type { Stamp } from './event-id.ts'

/** A request as received. In events, control characters are escaped and long texts cut. */
export interface RequestContext {
  /** The request id, where there is one: joins `use` and `refused` events. */
  readonly id: string | null
  readonly method: string
  /** The requested path. Events have no query, because tokens and passwords are sent in it by mistake. */
  readonly path: string | null
  /** The pattern that the path has matched. Known to guards, if the router exposes it. */
  readonly route: string | null
  readonly userAgent: string | null
}

/** One use of a token, or of something presented as one. Holds neither the token nor its digest. */
export interface UseEvent {
  /** UUIDv7. */
  readonly id: string
  readonly at: Date
  /** `use`: one per request, from `verify`. `refused`: a guard's denial. */
  readonly kind: 'use' | 'refused'
  readonly outcome: 'allowed' | DenyReason
  readonly tokenId: string | null
  readonly principalId: string | null
  readonly organizationId: string | null
  readonly userId: string | null
  readonly clientIp: string | null
  readonly requiredScopes: readonly string[]
  /** Those of `requiredScopes` that the token and its owner do not both hold. */
  readonly missingScopes: readonly string[]
  readonly request: RequestContext
  /** How many uses this event stands for: more than one only where denials without a known token are folded. */
  readonly count: number
  /**
   * The id of the first event of the same decision, where that differs from the answer: the token changed or the
   * sink failed while the event was written. Of an event and those that withdraw it, the one with the last id counts.
   * `null` in every other event.
   */
  readonly withdraws: string | null
}

export type AuditEvent = UseEvent

export interface AuditSink {
  /**
   * Keeps events, each id once however often it is written. Resolves when all are durable. After a rejection they are
   * written again under the same ids, so a sink may have kept some of them.
   */
  write(events: readonly AuditEvent[]): Promise<void>
  /**
   * Erases a principal from the events that the sink has and will be given, where it can. May be called more than once
   * for one erasure; a rejection leaves the erasure unfinished, and it is called again.
   */
  erase?(erasure: SinkErasure): Promise<void>
}

/** A principal whose events are to go. Ids in events of other principals, as acting user, become the pseudonym. */
export interface SinkErasure {
  readonly organizationId: string
  readonly principalId: string
  readonly pseudonym: string
  /** What becomes of the principal's own events. */
  readonly events: 'erase' | 'pseudonymise'
}

/** The event of a use, without the request. */
export interface Use {
  readonly kind: UseEvent['kind']
  readonly decision: Decision<TokenRecord>
  readonly record: CompiledRecord<TokenRecord> | null
  readonly clientIp: string | null
  /** The instant of the decision, in epoch milliseconds; `null` where the clock has not been read. */
  readonly at: number | null
}

/** The event for a decision about a record, or about a credential without one. */
export function useEvent(
  { id, at }: Stamp,
  { kind, decision, record, clientIp }: Use,
  withdraws: string | null,
  request: RequestContext,
): UseEvent {
  return {
    id,
    at,
    kind,
    outcome: decision.ok ? 'allowed' : decision.reason,
    tokenId: record?.exposed.id ?? null,
    principalId: record?.exposed.principalId ?? null,
    organizationId: record?.exposed.organizationId ?? null,
    userId: record?.exposed.userId ?? null,
    clientIp,
    requiredScopes: decision.ok ? [] : decision.requiredScopes.map(printable),
    missingScopes: missingScopes(decision, record),
    request: {
      id: printable(request.id),
      method: printMethod(request.method),
      path: printPath(request.path),
      route: printable(request.route),
      userAgent: printAgent(request.userAgent),
    },
    count: 1,
    withdraws,
  }
}

const NO_SCOPES: readonly string[] = Object.freeze([])

function missingScopes(decision: Decision<TokenRecord>, record: CompiledRecord<TokenRecord> | null): readonly string[] {
  if (decision.ok || record === null || decision.requiredScopes.length === 0) return NO_SCOPES
  return decision.requiredScopes.filter((scope) => !mayUse(record, scope)).map(printable)
}

const printMethod = repeating<string>(printable)
const printPath = repeating<string | null>((path) => printable(withoutQuery(path)))
const printAgent = repeating<string | null>(printable)

/** Requests in a row often have the same text here, which is compared in less time than it is printed. */
function repeating<T extends string | null>(print: (text: T) => T): (text: T) => T {
  let last: T | undefined
  let printed: T
  return (text) => {
    if (text !== last) {
      printed = print(text)
      last = text
    }
    return printed
  }
}

function withoutQuery(path: string | null): string | null {
  const end = path === null ? -1 : path.indexOf('?')
  return path === null || end === -1 ? path : path.slice(0, end)
}

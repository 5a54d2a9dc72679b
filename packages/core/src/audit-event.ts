import type { Decision, DenyReason } from './decision.ts'
import type { Stamp } from './event-id.ts'
import type { CompiledRecord, TokenRecord } from './record.ts'

/** What an event says of the request. Control characters are escaped, long texts cut. */
export interface RequestContext {
  /** The request id, where there is one: joins `use` and `refused` events. */
  readonly id: string | null
  readonly method: string
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
  readonly request: RequestContext
  /** How many uses this event stands for: more than one only where denials without a known token are folded. */
  readonly count: number
}

export type AuditEvent = UseEvent

/** Keeps events. Resolves when they are durable: all or none of them, each id once however often it is written. */
export interface AuditSink {
  write(events: readonly AuditEvent[]): Promise<void>
}

/** The event for a decision about a record, or about a credential without one. */
export function useEvent(
  { id, at }: Stamp,
  kind: UseEvent['kind'],
  decision: Decision<TokenRecord>,
  record: CompiledRecord<TokenRecord> | null,
  clientIp: string | null,
  request: RequestContext,
): UseEvent {
  return {
    id,
    at,
    kind,
    outcome: decision.ok ? 'allowed' : decision.reason,
    tokenId: record === null ? null : record.exposed.id,
    principalId: record?.exposed.principalId ?? null,
    organizationId: record?.exposed.organizationId ?? null,
    userId: record?.exposed.userId ?? null,
    clientIp,
    requiredScopes: decision.ok ? [] : decision.requiredScopes,
    request: {
      id: printable(request.id),
      method: request.method,
      route: request.route,
      userAgent: printable(request.userAgent),
    },
    count: 1,
  }
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/** C0 and C1 controls, format characters (bidirectional marks among them), line separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const LONGEST_TEXT = 256

/** A client's text made safe for logs: cut to 256 characters, with what a terminal or log viewer would obey escaped. */
export function printable(text: string | null): string | null {
  if (text === null) return null
  const cut = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text
  return PRINTABLE_ASCII.test(cut) ? cut : cut.replace(UNPRINTABLE, escaped)
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}

import { channel } from 'node:diagnostics_channel'
import type { Decision, DenyReason } from './decision.ts'
import { PatError } from './errors.ts'
import { createStamps, type Stamp } from './event-id.ts'
import { notify } from './listener.ts'
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
}

export type AuditEvent = UseEvent
/** Hears every event. What it throws or rejects with is reported and changes no answer. */
export type Audit = (event: AuditEvent) => unknown

export interface Auditor {
  /** Whether anybody would hear an event: nothing is built otherwise. */
  listening(): boolean
  /** Builds an event and hands it on. Whatever fails on the way is reported and goes no further. */
  emit(build: (stamp: (now: number) => Stamp) => AuditEvent): void
}

/** The diagnostics channel on which every event is published, whether or not there is a callback. */
export const AUDIT_CHANNEL = 'patkit:audit'

/** Fans events out to a callback and to `diagnostics_channel` subscribers. */
export function createAuditor(audit: Audit | null, report: (fault: PatError) => void): Auditor {
  const subscribers = channel(AUDIT_CHANNEL)
  const stamp = createStamps()
  const failed = (cause: unknown) => report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit failed', cause))
  const publish = (event: AuditEvent) => {
    if (subscribers.hasSubscribers) subscribers.publish(event)
    return audit?.(event)
  }

  return {
    listening: () => audit !== null || subscribers.hasSubscribers,
    emit: (build) => notify(() => publish(build(stamp)), failed),
  }
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
    tokenId: record === null ? null : record.id,
    principalId: record === null ? null : record.principalId,
    organizationId: record === null ? null : record.organizationId,
    userId: record === null ? null : record.userId,
    clientIp,
    requiredScopes: decision.ok ? [] : decision.requiredScopes,
    request: {
      id: printable(request.id),
      method: request.method,
      route: request.route,
      userAgent: printable(request.userAgent),
    },
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

import { channel } from 'node:diagnostics_channel'
import { createAuditQueue } from './audit-queue.ts'
import type { Decision, DenyReason } from './decision.ts'
import { createDenialFold } from './denial-fold.ts'
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
  /** How many uses this event stands for: more than one only where denials without a known token are folded. */
  readonly count: number
}

export type AuditEvent = UseEvent

/** Keeps events. Resolves when they are durable: all or none of them, each id once however often it is written. */
export interface AuditSink {
  write(events: readonly AuditEvent[]): Promise<void>
}

/**
 * Who hears events. A function hears each at once; what it throws or rejects with is reported and changes no answer.
 * `background` writes in batches off the path of requests, keeps up to `capacity` events (10 000) while the sink is
 * away and counts what it drops. `required` lets a request wait until its event is durable, and answers 503 where that
 * fails, takes longer than `timeoutMs` (1000) or more than `capacity` wait. In both, denials that no token can be named for are folded per reason,
 * source and minute, and never waited for.
 */
export type Audit =
  | ((event: AuditEvent) => unknown)
  | { readonly mode: 'background'; readonly sink: AuditSink; readonly capacity?: number }
  | { readonly mode: 'required'; readonly sink: AuditSink; readonly capacity?: number; readonly timeoutMs?: number }

export interface Auditor {
  /** Whether anybody would hear an event: nothing is built otherwise. */
  listening(): boolean
  /**
   * Builds an event and hands it on. Whatever fails on the way is reported and goes no further.
   *
   * @returns `null` where nothing is waited for, else whether the event became durable
   */
  emit(build: (stamp: (now: number) => Stamp) => AuditEvent): Promise<boolean> | null
  flush(): Promise<void>
  close(): Promise<void>
  readonly dropped: number
}

/** Takes an event; `null` where nothing is waited for. */
interface Recorder {
  take(event: AuditEvent): Promise<boolean> | null
  flush(): Promise<void>
  close(): Promise<void>
  readonly dropped: number
}

/** The diagnostics channel on which every event is published, whoever else hears it. */
export const AUDIT_CHANNEL = 'patkit:audit'

/** `Audit` with its defaults. */
export type AuditSettings =
  | ((event: AuditEvent) => unknown)
  | { readonly mode: 'background'; readonly sink: AuditSink; readonly capacity: number }
  | { readonly mode: 'required'; readonly sink: AuditSink; readonly capacity: number; readonly timeoutMs: number }

/** Fans events out to whom `audit` names and to `diagnostics_channel` subscribers. */
export function createAuditor(audit: AuditSettings | null, report: (fault: PatError) => void): Auditor {
  const subscribers = channel(AUDIT_CHANNEL)
  const stamp = createStamps()
  const failed = (cause: unknown) => report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit failed', cause))
  const recorder = audit === null || typeof audit === 'function' ? toCallback(audit, failed) : toSink(audit, report)
  const required = audit !== null && typeof audit !== 'function' && audit.mode === 'required'

  return {
    listening: () => audit !== null || subscribers.hasSubscribers,
    emit(build) {
      try {
        const event = build(stamp)
        if (subscribers.hasSubscribers) subscribers.publish(event)
        return recorder.take(event)
      } catch (cause) {
        failed(cause)
        return required ? Promise.resolve(false) : null
      }
    },
    flush: recorder.flush,
    close: recorder.close,
    get dropped() {
      return recorder.dropped
    },
  }
}

function toCallback(audit: ((event: AuditEvent) => unknown) | null, failed: (cause: unknown) => void): Recorder {
  const done = () => Promise.resolve()
  return {
    take(event) {
      if (audit !== null) notify(() => audit(event), failed)
      return null
    },
    flush: done,
    close: done,
    dropped: 0,
  }
}

function toSink(
  audit: Exclude<AuditSettings, (event: AuditEvent) => unknown>,
  report: (fault: PatError) => void,
): Recorder {
  const queue = createAuditQueue(audit.sink, audit.capacity, report)
  const fold = createDenialFold(queue.push)
  const flush = () => {
    fold.flush()
    return queue.flush()
  }
  return {
    take(event) {
      if (event.tokenId === null) fold.add(event)
      else if (audit.mode === 'required') return queue.commit(event, audit.timeoutMs)
      else queue.push(event)
      return null
    },
    flush,
    async close() {
      fold.flush()
      await queue.close()
    },
    get dropped() {
      return queue.dropped
    },
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

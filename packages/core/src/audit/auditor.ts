import { channel } from 'node:diagnostics_channel'
import { notify } from '../async.ts'
import { PatError } from '../errors.ts'
import { createAuditCommits } from './commits.ts'
import { createDenialFold } from './denial-fold.ts'
import type { AuditEvent, AuditSink } from './event.ts'
import { createAuditQueue } from './queue.ts'
import type { AuditQueueOptions } from './writer.ts'

/**
 * The receiver of events. A function is called with each event at once; its errors and rejections are reported and change no
 * answer.
 * `background` writes in batches off the path of requests, keeps up to `capacity` events (10 000) while the sink is
 * away and counts what it drops. `required` lets a request wait until its event is durable, and answers 503 where that
 * fails, takes longer than `timeoutMs` or more than `capacity` wait. In both, a write that takes longer than
 * `timeoutMs` (1000) has failed, and denials that no token can be named for are folded per reason, source and minute,
 * and never waited for.
 */
export type Audit =
  | ((event: AuditEvent) => unknown)
  | {
      readonly mode: 'background' | 'required'
      readonly sink: AuditSink
      readonly capacity?: number
      readonly timeoutMs?: number
    }

export interface Auditor {
  /** Whether there is a receiver. Without one, no event is built. */
  listening(): boolean
  /**
   * Passes an event on. Failures are reported and not thrown.
   *
   * @param awaited whether `required` audit waits for the event; otherwise it is written in the background
   * @returns `null` where nothing is waited for
   */
  take(event: AuditEvent, awaited: boolean): WrittenEvent | null
  /** Reports an event that could not be built; returns as `take` does. */
  miss(cause: unknown): WrittenEvent | null
  flush(): Promise<void>
  settled(): Promise<void>
  close(): Promise<void>
  readonly waiting: number
  readonly dropped: number
}

/** An event that is waited for. */
export interface WrittenEvent {
  /** `null` where the event could not be built. */
  readonly id: string | null
  /** Whether it became durable in time. */
  readonly durable: Promise<boolean>
}

/** Takes an event; `null` where nothing is waited for. */
interface Recorder {
  take(event: AuditEvent, awaited: boolean): Promise<boolean> | null
  /** Takes note of an event that could not be built. */
  miss(): Promise<boolean> | null
  flush(): Promise<void>
  settled(): Promise<void>
  close(): Promise<void>
  readonly waiting: number
  readonly dropped: number
}

/**
 * The diagnostics channel on which every event is published, in addition to the option `audit`.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import { AUDIT_CHANNEL, type AuditEvent } from '@patkit/core'
 *
 * subscribe(AUDIT_CHANNEL, (message) => console.log((message as AuditEvent).outcome))
 * ```
 */
export const AUDIT_CHANNEL = 'patkit:audit'

/** `Audit` with its defaults. */
export type AuditSettings =
  | ((event: AuditEvent) => unknown)
  | ({ readonly mode: 'background' | 'required' } & AuditQueueOptions)

/** Sends events to the receiver in `audit` and to the subscribers of `diagnostics_channel`. */
export function createAuditor(audit: AuditSettings | null, report: (fault: PatError) => void): Auditor {
  const subscribers = channel(AUDIT_CHANNEL)
  const failed = (cause: unknown) => report(new PatError('ERR_PAT_AUDIT_FAILED', 'audit failed', cause))
  const recorder = audit === null || typeof audit === 'function' ? toCallback(audit, failed) : toSink(audit, report)

  return {
    listening: () => audit !== null || subscribers.hasSubscribers,
    take(event, awaited) {
      if (subscribers.hasSubscribers) subscribers.publish(shown(event))
      return written(event.id, recorder.take(event, awaited))
    },
    miss(cause) {
      failed(cause)
      return written(null, recorder.miss())
    },
    flush: recorder.flush,
    settled: recorder.settled,
    close: recorder.close,
    get waiting() {
      return recorder.waiting
    },
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
    miss: () => null,
    flush: done,
    settled: done,
    close: done,
    waiting: 0,
    dropped: 0,
  }
}

function toSink(
  audit: Exclude<AuditSettings, (event: AuditEvent) => unknown>,
  report: (fault: PatError) => void,
): Recorder {
  // Awaited events have a queue of their own, so that kept events cannot delay them.
  const later = createAuditQueue(audit, report)
  const awaited = createAuditCommits(audit, report)
  const fold = createDenialFold(later.push)
  const withAwaited = async (work: Promise<void>) => void (await Promise.all([work, awaited.settled()]))
  let missed = 0
  return {
    take(event, isAwaited) {
      if (event.tokenId === null) fold.add(event)
      else if (audit.mode === 'required' && isAwaited) return awaited.commit(event)
      else later.push(event)
      return null
    },
    miss() {
      if (audit.mode === 'required') return Promise.resolve(false)
      missed++
      return null
    },
    flush() {
      fold.flush()
      return withAwaited(later.flush())
    },
    settled: () => withAwaited(later.settled()),
    close() {
      fold.flush()
      return withAwaited(later.close())
    },
    get waiting() {
      return fold.waiting + later.waiting + awaited.waiting
    },
    get dropped() {
      return later.dropped + missed
    },
  }
}

function written(id: string | null, durable: Promise<boolean> | null): WrittenEvent | null {
  return durable === null ? null : { id, durable }
}

/** One event can have several subscribers: none may change it for the others, or for the sink. */
function shown(event: AuditEvent): AuditEvent {
  Object.freeze(event.request)
  Object.freeze(event.requiredScopes)
  Object.freeze(event.missingScopes)
  return Object.freeze({ ...event, at: new Date(event.at) })
}

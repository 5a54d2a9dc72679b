import { channel } from 'node:diagnostics_channel'
import type { AuditEvent, AuditSink } from './audit-event.ts'
import { type AuditQueueOptions, createAuditQueue } from './audit-queue.ts'
import { createDenialFold } from './denial-fold.ts'
import { PatError } from './errors.ts'
import { createStamps, type Stamp } from './event-id.ts'
import { notify } from './listener.ts'

/**
 * Who hears events. A function hears each at once; what it throws or rejects with is reported and changes no answer.
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
  | ({ readonly mode: 'background' | 'required' } & AuditQueueOptions)

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
      let event: AuditEvent
      try {
        event = build(stamp)
      } catch (cause) {
        failed(cause)
        return required ? Promise.resolve(false) : null
      }
      if (subscribers.hasSubscribers) subscribers.publish(event)
      return recorder.take(event)
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
  const queue = createAuditQueue(audit, report)
  const fold = createDenialFold(queue.push)
  const flush = () => {
    fold.flush()
    return queue.flush()
  }
  return {
    take(event) {
      if (event.tokenId === null) fold.add(event)
      else if (audit.mode === 'required') return queue.commit(event)
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

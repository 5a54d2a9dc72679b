import type { Awaitable } from '../async.ts'
import type { Challenge } from '../challenge.ts'
import type { Denied, Grant } from '../decision.ts'
import { PatError } from '../errors.ts'
import type { Header } from '../limit/rate-limit-headers.ts'
import type { RegisteredRecord, TokenRecord } from '../lookup/record.ts'

/** A request that goes on. `record` is `null` where it carries no credential and need not. */
export interface Passed {
  readonly ok: true
  /** What the adapter must name in the answer's `Vary`; `null` of a guard: `patAuth` before it has seen to that. */
  readonly vary: string | null
  /** Lists that are added to those of the answer. */
  readonly headers: readonly Header[]
  readonly record: Readonly<RegisteredRecord> | null
}

/** A request that is answered: by `onDeny` where there is one, else with the challenge. */
export interface Refused<H> {
  readonly ok: false
  /** Whether a guard refused. `onDeny` may answer then, but not let the request go on. */
  readonly byGuard: boolean
  readonly vary: string | null
  /** Lists that are added to those of the answer, also of one that `onDeny` gives. */
  readonly headers: readonly Header[]
  readonly denied: Denied
  readonly challenge: Challenge
  readonly onDeny: H | null
}

export type Outcome<H> = Passed | Refused<H>
/** A stage that a request goes through; only programmers' mistakes are thrown. */
export type Check<Q, H> = (request: Q) => Awaitable<Outcome<H>>

/** One object for all outcomes without any. */
export const NO_HEADERS: readonly Header[] = Object.freeze([])

/** The exposed record has the registered type: one application has one kind of record. */
export function passed<R extends TokenRecord>(
  grant: Grant<R> | null,
  vary: string | null,
  headers: readonly Header[] = NO_HEADERS,
): Passed {
  const record = grant === null ? null : (grant.record as unknown as Readonly<RegisteredRecord>)
  return { ok: true, vary, headers, record }
}

/** The fault of an `onDeny` that lets a request go on which a guard has refused. */
export function passedByOnDeny(): PatError {
  return new PatError('ERR_PAT_GUARD_PASSED', 'onDeny must answer a request that a guard has refused')
}

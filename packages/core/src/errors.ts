/** The faults patkit reports through `onError` or throws at a programmer's mistake. Closed: a new fault gets a new code. */
export type PatErrorCode =
  | 'ERR_PAT_RESOLVER_FAILED'
  | 'ERR_PAT_RESOLVER_TIMEOUT'
  | 'ERR_PAT_TOO_MANY_LOOKUPS'
  | 'ERR_PAT_RECORD_INVALID'
  | 'ERR_PAT_RECORD_STALE'
  | 'ERR_PAT_CHANNEL_FAILED'
  | 'ERR_PAT_CHANNEL_SILENT'
  | 'ERR_PAT_CHANNEL_STANDBY'
  | 'ERR_PAT_AUDIT_OVERFLOW'
  | 'ERR_PAT_AUDIT_REFUSED'
  | 'ERR_PAT_FORMAT_FAILED'
  | 'ERR_PAT_LIMITER_FAILED'
  | 'ERR_PAT_TOKEN_REFUSED'
  | 'ERR_PAT_REQUEST_UNREADABLE'
  | 'ERR_PAT_HEADERS_TRUNCATED'
  | 'ERR_PAT_ADDRESS_UNREADABLE'
  | 'ERR_PAT_CLOCK_FAILED'
  | 'ERR_PAT_AUDIT_FAILED'
  | 'ERR_PAT_ON_USE_FAILED'
  | 'ERR_PAT_GUARD_WITHOUT_AUTH'
  | 'ERR_PAT_GUARD_SCOPE'
  | 'ERR_PAT_GUARD_PASSED'
  | 'ERR_PAT_REQUEST_ID_FAILED'
  | 'ERR_PAT_WAIT_UNTIL_FAILED'

/**
 * A fault with a stable `code`. What caused it is at `cause`; the message holds neither token nor digest.
 *
 * @example
 * ```ts
 * import { createVerifier, type PatError, tokenFormat } from '@patkit/core'
 *
 * createVerifier({
 *   format: tokenFormat({ prefix: 'acme_pat' }),
 *   resolve: () => null,
 *   onError: (fault: PatError) => console.error(fault.code, fault.cause),
 * })
 * ```
 */
export class PatError extends Error {
  override readonly name = 'PatError'
  readonly code: PatErrorCode

  constructor(code: PatErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/**
 * The clock, with its faults reported.
 *
 * @throws PatError (the function) `ERR_PAT_CLOCK_FAILED` where the clock throws or its answer is not a finite number
 */
export function reportingClock(clock: () => number, report: (fault: PatError) => void): () => number {
  if (clock === Date.now) return clock
  return () => {
    try {
      const now = clock()
      if (Number.isFinite(now)) return now
      throw new TypeError('the clock must return a finite number of milliseconds')
    } catch (cause) {
      const fault = new PatError('ERR_PAT_CLOCK_FAILED', 'clock failed', cause)
      report(fault)
      throw fault
    }
  }
}

/** The clock for events: the system's time if the clock fails, since the event must not be lost as well. */
export function orSystemTime(clock: () => number): () => number {
  return () => {
    try {
      return clock()
    } catch {
      return Date.now()
    }
  }
}

const QUIET_MS = 60_000

/** Reports a fault. Faults of one kind, by default of one code, are reported at most once a minute. */
export type SeldomReport = (fault: PatError, kind?: string) => void

/** For faults that clients can cause at will. */
export function reportSeldom(report: (fault: PatError) => void, clock: () => number): SeldomReport {
  const reportedAt = new Map<string, number>()
  return (fault, kind = fault.code) => {
    const now = clock()
    const last = reportedAt.get(kind)
    if (last !== undefined && now >= last && now - last < QUIET_MS) return
    reportedAt.set(kind, now)
    report(fault)
  }
}

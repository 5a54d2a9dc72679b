import type { PatError, PatErrorCode } from './errors.ts'

const QUIET_MS = 60_000

/** Reports faults that clients can cause at will: each code at most once a minute. */
export function reportSeldom(report: (fault: PatError) => void, clock: () => number): (fault: PatError) => void {
  const reportedAt = new Map<PatErrorCode, number>()
  return (fault) => {
    const now = clock()
    const last = reportedAt.get(fault.code)
    if (last !== undefined && now >= last && now - last < QUIET_MS) return
    reportedAt.set(fault.code, now)
    report(fault)
  }
}

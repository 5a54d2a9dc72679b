import type { PatError } from './errors.ts'

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

import { PatError } from './errors.ts'

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

/** The clock for what is put on record: the system's time where the clock fails, since the event must not be lost too. */
export function orSystemTime(clock: () => number): () => number {
  return () => {
    try {
      return clock()
    } catch {
      return Date.now()
    }
  }
}

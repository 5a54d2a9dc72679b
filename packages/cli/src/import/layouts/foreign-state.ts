import type { Row } from '../row.ts'

/** As much of a token as a system shows of it. Where that is set to more than people need, it is cut. */
const LONGEST_START = 24

export function startHint(start: string | null): string | null {
  return start === null ? null : `${start.slice(0, LONGEST_START)}…`
}

/** An id that other tables of the same system count up as well would soon be another token's. */
export function keptId(id: string | null): string | null {
  return id === null || /^\d+$/.test(id) ? null : id
}

/** Keys that the other system refuses are refused here: disabled keys, and keys whose uses are exhausted for good. */
export function isSpent(row: Row, remainingColumn: string): boolean {
  const enabled = row.flag('enabled')
  const remaining = row.number(remainingColumn)
  const refill = row.number('refill_amount')
  return enabled === false || (remaining === 0 && refill === null)
}

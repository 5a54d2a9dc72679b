import type { Row } from '../row.ts'

/**
 * Scopes of a system that compares them as they are: one that holds `*` would be a wildcard here, or match nothing.
 *
 * @param wildcards the ones that mean there what they mean here
 */
export function exactScopes(
  row: Row,
  column: string,
  scopes: readonly string[] | null,
  wildcards: readonly string[] = [],
): readonly string[] | null {
  const isOdd = scopes?.some((scope) => scope.includes('*') && !wildcards.includes(scope)) ?? false
  if (isOdd) row.refuse(column, 'holds a `*` that stands for itself there, and would not here')
  return scopes
}

/** `{ files: ['read'] }` is `files:read`. */
export function resourceScopes(row: Row, column: string): readonly string[] | null {
  const resources = row.lists(column)
  if (resources === null) return null
  const scopes = [...resources].flatMap(([resource, actions]) => actions.map((action) => `${resource}:${action}`))
  return exactScopes(row, column, scopes)
}

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

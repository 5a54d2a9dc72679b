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

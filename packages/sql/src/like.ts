import { type RawBuilder, sql } from 'kysely'

/** A text in a pattern for `like`, standing for itself. */
export function escaped(text: string): string {
  return text.replace(/[!%_]/g, '!$&')
}

/** Whether a column matches a pattern. The escape is said: engines do not agree on one. */
export function like(column: string, pattern: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '!'`
}

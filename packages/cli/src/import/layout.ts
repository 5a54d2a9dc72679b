import type { DateRules } from './cells.ts'
import type { Row } from './row.ts'

/** The facts of a row about its token. Absent or `null`: the row has no such fact. */
export interface Reading {
  readonly digest: string | null
  readonly organizationId?: string | null
  readonly principalId?: string | null
  readonly hint?: string | null
  readonly name?: string | null
  readonly description?: string | null
  readonly scopes?: readonly string[] | null
  readonly expiresAt?: Date | null
  readonly revokedAt?: Date | null
  readonly createdAt?: Date | null
  readonly lastUsedAt?: Date | null
  readonly ipAllowlist?: readonly string[] | null
  readonly userId?: string | null
  readonly id?: string | null
}

export interface ReadingContext {
  readonly now: Date
  /** The owner that a row of a polymorphic table belongs to, or `null` with a fault. */
  readonly ownerOf: (row: Row, typeColumn: string, idColumn: string) => string | null
}

/** How a system keeps its tokens. */
export interface Layout {
  readonly dates: DateRules
  /** The column with the digest. A file without it has no header, or another layout. */
  readonly digest: string
  /** Columns that end tokens or narrow them. A file without one of them leaves its tokens wider than they were. */
  readonly limits: readonly string[]
  /** A column with a JSON object whose members are columns. */
  readonly nested?: string
  /** Whether an unknown column is a fault: a misspelt one would drop a limit. */
  readonly strict?: boolean
  read(row: Row, context: ReadingContext): Reading
}

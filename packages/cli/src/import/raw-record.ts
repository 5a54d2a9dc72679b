/** One line of a file, as its format gives it. A column may be there twice: which one counts is not for a map to say. */
export interface RawRecord {
  readonly line: number
  readonly values: readonly (readonly [column: string, value: unknown])[]
}

/** No row of a token table is as long, and a quote that is never closed would take the whole file. */
export const LONGEST_RECORD = 1_048_576

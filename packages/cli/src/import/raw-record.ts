/** One line of a file, as its format gives it. `null` and missing are the same. */
export interface RawRecord {
  readonly line: number
  readonly values: ReadonlyMap<string, unknown>
}

/** No row of a token table is as long, and a quote that is never closed would take the whole file. */
export const LONGEST_RECORD = 1_048_576

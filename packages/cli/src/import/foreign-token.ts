import type { ImportInput, Owner } from '@patkit/tokens'

/** A fault in a line. Its text never shows a digest or a token. */
export interface LineFault {
  /** Counted from 1; the header of a CSV file is a line. */
  readonly line: number
  /** The column, or the member of the import that a service refuses; `null` for the line as such. */
  readonly field: string | null
  readonly problem: string
}

/** A token of a file, ready for `tokens.import`. */
export interface ForeignToken {
  readonly line: number
  readonly owner: Owner
  readonly input: ImportInput
}

export function isFault(item: object): item is LineFault {
  return 'problem' in item
}

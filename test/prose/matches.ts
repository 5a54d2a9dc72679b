import { SIGNS } from './words.ts'

export interface Finding {
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface Match {
  /** The offset in the text. */
  readonly index: number
  readonly message: string
}

/** A phrase may be broken between its words. */
const ACROSS_LINES = SIGNS.map(({ phrase, instead }) => ({
  phrase: new RegExp(phrase.source.replaceAll(' ', '\\s+'), `${phrase.flags}g`),
  instead,
}))

/** The signs of difficult prose in a text without markup. */
export function matchSigns(text: string): Match[] {
  return ACROSS_LINES.flatMap(({ phrase, instead }) =>
    [...text.matchAll(phrase)].map(({ 0: found, index }) => ({
      index,
      message: `"${found.trim().replaceAll(/\s+/g, ' ')}": write ${instead}`,
    })),
  )
}

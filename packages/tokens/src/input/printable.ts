import { BLANK_TEXT } from '@patkit/core/adapter'

/** C0 and C1 controls, format characters (bidirectional marks among them), line separators, lone surrogates. */
const CLASS = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]`

/** Not allowed in ids. */
export const UNPRINTABLE: RegExp = new RegExp(CLASS, 'u')

/** The same in a text for people, where a joiner between others makes one emoji of several code points. */
export const UNPRINTABLE_IN_TEXT: RegExp = new RegExp(String.raw`(?!(?<=\P{Cc})\u200d(?=\P{Cc}))${CLASS}`, 'u')

/** Whether a text has no visible character. No name may be blank. */
export function isBlank(text: string): boolean {
  return BLANK_TEXT.test(text)
}

/**
 * A text for people of a number of code points, for schemas: without unprintable characters, and with something to see
 * where it must not be empty.
 */
export function textPattern(least: number, most: number): RegExp {
  const visible = least > 0 ? `(?!${BLANK_TEXT.source})` : ''
  return new RegExp(`^(?=[\\s\\S]{${least},${most}}$)(?![\\s\\S]*${UNPRINTABLE_IN_TEXT.source})${visible}`, 'u')
}

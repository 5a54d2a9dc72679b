import { BLANK_TEXT, UNPRINTABLE } from '@patkit/core/adapter'

/** An unprintable character in a text for people, where a joiner between others makes one emoji of several code points. */
export const UNPRINTABLE_IN_TEXT: RegExp = new RegExp(
  String.raw`(?!(?<=\P{Cc})\u200d(?=\P{Cc}))${UNPRINTABLE.source}`,
  'u',
)

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

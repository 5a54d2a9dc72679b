const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const HIGH_SURROGATE = /[\ud800-\udbff]/
const LONGEST_TEXT = 256

/**
 * A character that a terminal or log viewer may obey instead of showing it: C0 and C1 controls, format characters
 * (bidirectional marks among them), line separators, lone surrogates.
 */
export const UNPRINTABLE: RegExp = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const EVERY_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')

/** A text without a visible character: white space, default ignorables, a blank Braille pattern, a note without a head. */
export const BLANK_TEXT: RegExp = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{C}\u2800\u{1d159}]*$/u

/** Whether a value is a text in which people see something. */
export function isVisibleText(value: unknown): value is string {
  return typeof value === 'string' && !BLANK_TEXT.test(value)
}

/**
 * A client's text made safe for logs: characters that control a terminal or log viewer are escaped, and the text is cut to
 * 256 characters. A cut text is copied, since a slice would keep the whole header in memory.
 *
 * @example
 * ```ts
 * import { printable } from '@patkit/core/adapter'
 *
 * printable('curl\u001b[2J') // 'curl\\u{1b}[2J'
 * ```
 */
export function printable<T extends string | null>(text: T): T {
  if (text === null || (text.length <= LONGEST_TEXT && PRINTABLE_ASCII.test(text))) return text
  const start = shortened(text)
  const safe = PRINTABLE_ASCII.test(start) ? start : shortened(escapeUnprintable(start))
  return (text.length > LONGEST_TEXT ? Buffer.from(safe, 'utf16le').toString('utf16le') : safe) as T
}

/** Not between the two halves of a character: databases refuse one without the other. */
function shortened(text: string): string {
  if (text.length <= LONGEST_TEXT) return text
  const splits = HIGH_SURROGATE.test(text.charAt(LONGEST_TEXT - 1))
  return text.slice(0, splits ? LONGEST_TEXT - 1 : LONGEST_TEXT)
}

/**
 * A text with `\u{…}` in place of each unprintable character.
 *
 * @example
 * ```ts
 * import { escapeUnprintable } from '@patkit/core/adapter'
 *
 * escapeUnprintable('curl\u001b[2J') // 'curl\\u{1b}[2J'
 * ```
 */
export function escapeUnprintable(text: string): string {
  return text.replace(EVERY_UNPRINTABLE, escapedCharacter)
}

/**
 * One character as `\u{…}`.
 *
 * @example
 * ```ts
 * import { escapedCharacter } from '@patkit/core/adapter'
 *
 * escapedCharacter('\u001b') // '\\u{1b}'
 * ```
 */
export function escapedCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}

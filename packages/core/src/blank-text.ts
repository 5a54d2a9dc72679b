/** A text of which people may see nothing: white space, characters that fonts may leave out, Braille without a dot, a note without a head. */
export const BLANK_TEXT: RegExp = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{C}\u2800\u{1d159}]*$/u

/** Whether a value is a text in which people see something. */
export function isVisibleText(value: unknown): value is string {
  return typeof value === 'string' && !BLANK_TEXT.test(value)
}

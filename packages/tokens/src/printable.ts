/** C0 and C1 controls, format characters (bidirectional marks among them), line separators, lone surrogates. */
const CLASS = String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]`

/** What no id may hold. */
export const UNPRINTABLE: RegExp = new RegExp(CLASS, 'u')

/** The same in a text for people, where a joiner between others makes one emoji of several code points. */
export const UNPRINTABLE_IN_TEXT: RegExp = new RegExp(String.raw`(?!(?<=\P{Cc})\u200d(?=\P{Cc}))${CLASS}`, 'u')

/** White space, characters that Unicode lets fonts leave out, Braille without a dot, a note without a head. */
const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{C}\u2800\u{1d159}]*$/u

/** Whether people see nothing of a text: no name is such a one. */
export function isBlank(text: string): boolean {
  return INVISIBLE.test(text)
}

/** What a viewer of JSON may obey and not show: C1 controls and DEL, format characters, line separators. */
const UNPRINTABLE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu

/** JSON whose strings hold nothing that a terminal or log viewer would obey: it is escaped, and reads back the same. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE, escaped)
}

/** Code units, since `\u` has four digits. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')
}

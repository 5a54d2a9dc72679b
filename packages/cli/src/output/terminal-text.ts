import { UNPRINTABLE_IN_TEXT } from '@patkit/tokens'
import stringWidth from 'string-width'

const UNPRINTABLE = new RegExp(UNPRINTABLE_IN_TEXT, 'gu')
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A text with everything that a terminal would obey, and not show, in visible form. */
export function terminalText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** A text that is too wide loses its end, whole characters of it, to an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  return `${startOf(text, width - 1)}…`
}

/** A text in lines: broken between words, and inside a word only where it is too wide for a line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    const pieces = pieced(word, width)
    line = pieces.pop() ?? ''
    lines.push(...pieces)
  }
  return [...lines, line]
}

/** A text in lines, broken between words alone: what is to be copied stays whole, and the terminal breaks it. */
export function filled(text: string, width: number): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || widthOf(line) + 1 + widthOf(word) > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}

function pieced(word: string, width: number): string[] {
  const pieces: string[] = []
  let rest = word
  while (widthOf(rest) > width) {
    const piece = startOf(rest, width)
    if (piece === '') break
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return [...pieces, rest]
}

function startOf(text: string, width: number): string {
  let start = ''
  let used = 0
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += widthOf(segment)
    if (used > width) break
    start += segment
  }
  return start
}

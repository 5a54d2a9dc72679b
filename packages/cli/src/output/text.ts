import { escapedCharacter, UNPRINTABLE } from '@patkit/core/adapter'
import { UNPRINTABLE_IN_TEXT } from '@patkit/tokens/store'
import pc from 'picocolors'
import stringWidth from 'string-width'
import type { World } from '../world.ts'

/** How words are set off on a terminal that shows colours, and not at all elsewhere. */
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>>

/** Colours are for terminals, and for people who want them (`NO_COLOR`, no-color.org). */
export function styleOf({ env, isTty }: World, stream: 'stdout' | 'stderr'): Style {
  const unwanted = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return pc.createColors(isTty[stream] && !unwanted)
}

const EVERY_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')
const EVERY_UNPRINTABLE_IN_TEXT = new RegExp(UNPRINTABLE_IN_TEXT, 'gu')

/** JSON whose strings hold no unprintable character: they are escaped as JSON allows, and read back the same. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(EVERY_UNPRINTABLE, jsonEscape)
}

/** Code units, since `\u` has four digits. The line breaks in JSON are those of its indentation. */
function jsonEscape(character: string): string {
  if (character === '\n') return character
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A text for a terminal, with unprintable characters escaped. */
export function terminalText(text: string): string {
  return text.replace(EVERY_UNPRINTABLE_IN_TEXT, escapedCharacter)
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

/** A text in lines, broken between words only: text to copy stays whole, and the terminal breaks it. */
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

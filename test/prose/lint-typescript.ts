import type { Comment } from 'oxc-parser'
import { parseSource, type Source, walk } from '../architecture/source.ts'
import { type Finding, matchSigns } from './matches.ts'

/** Prose in a source file. Characters that are not prose are blanks, so offsets stay those of the file. */
interface Passage {
  readonly start: number
  readonly text: string
}

/** Code in prose: fenced blocks, words in backticks, links and addresses. */
const CODE = /```[\s\S]*?```|`[^`]*`|\{@link[^}]*\}|https?:\/\/\S+/g
/** The stars of a block comment, and the tags of a docstring with the name of the parameter. */
const MARKS = /^[ \t]*\*+(?!\*)|@param \S+|@\w+/gm
const SENTENCE = /[a-z]\s+[a-z]/i

/** The signs of difficult prose in the comments and sentences of a TypeScript file, in the order of the file. */
export function lintTypeScript(text: string, path: string): readonly Finding[] {
  const source = parseSource(path, text)
  const passages = [...comments(source), ...sentences(source)].sort((one, other) => one.start - other.start)
  return passages.flatMap((passage) =>
    matchSigns(passage.text).map(({ index, message }) => ({ ...placeOf(text, passage.start + index), message })),
  )
}

/** Line comments on consecutive lines are one passage. */
function comments(source: Source): Passage[] {
  const joined: { type: Comment['type']; start: number; end: number }[] = []
  for (const { type, start, end } of source.comments) {
    const last = joined.at(-1)
    const isNext = type === 'Line' && last?.type === 'Line' && source.text.slice(last.end, start).trim() === ''
    if (isNext) last.end = end
    else joined.push({ type, start, end })
  }
  return joined.map(({ start, end }) => ({ start, text: proseOf(source.text.slice(start, end)) }))
}

/** Texts of several words: messages of errors, titles of tests, help and descriptions. */
function sentences(source: Source): Passage[] {
  const found: Passage[] = []
  const read = (start: number, end: number) => {
    const text = source.text.slice(start, end)
    if (SENTENCE.test(text)) found.push({ start, text: text.replaceAll(CODE, blank) })
  }
  walk(source, {
    Literal: ({ value, start, end }) => {
      if (typeof value === 'string') read(start + 1, end - 1)
    },
    JSXText: ({ start, end }) => read(start, end),
    TemplateElement: ({ start, end }) => read(start, end),
  })
  return found
}

function proseOf(comment: string): string {
  return comment
    .replace(/^\/[/*]+/, blank)
    .replaceAll(/^[ \t]*\/\//gm, blank)
    .replaceAll(CODE, blank)
    .replaceAll(MARKS, blank)
}

function blank(found: string): string {
  return found.replaceAll(/[^\n]/g, ' ')
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 }
}

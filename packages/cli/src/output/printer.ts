import type { World } from '../world.ts'
import { write } from './sink.ts'
import { type Column, table } from './table.ts'
import { filled, jsonText, type Style, styleOf } from './text.ts'

/** Where a command's words go: results to stdout, everything about them to stderr. */
export interface Printer {
  /** Whether a program reads the results. */
  readonly json: boolean
  readonly style: Style
  /** How wide lines may be. */
  readonly width: number
  /** One JSON document, or what people read. */
  result(document: unknown, text: () => string): Promise<void>
  /** One JSON document, or sentences. */
  sentence(document: unknown, text: string): Promise<void>
  /** One JSON document, or a table; a sentence if it would be empty. */
  rows<R>(document: unknown, columns: readonly Column<R>[], rows: readonly R[], none: string): Promise<void>
  /** Directly to stdout: for streams, and for output of a single value. */
  raw(text: string): Promise<void>
  /** A remark for people, who would not read it in JSON. */
  note(text: string): Promise<void>
}

const INDENT = 2

/** The width of lines on stderr. Either stream may be the terminal. */
export function remarkWidth({ isTty, columns }: World): number {
  return isTty.stderr && columns !== null ? columns : Number.POSITIVE_INFINITY
}

export function createPrinter(world: World, json: boolean): Printer {
  const style = styleOf(world, 'stdout')
  const remark = styleOf(world, 'stderr')
  const width = world.columns ?? Number.POSITIVE_INFINITY
  const raw = (text: string) => write(world.stdout, text)

  async function result(document: unknown, text: () => string): Promise<void> {
    await raw(`${json ? jsonText(document, INDENT) : text()}\n`)
  }

  async function note(text: string): Promise<void> {
    if (!json) await write(world.stderr, `${remark.dim(filled(text, remarkWidth(world)))}\n`)
  }

  return {
    json,
    style,
    width,
    raw,
    result,
    note,
    sentence: (document, text) =>
      result(document, () =>
        text
          .split('\n')
          .map((line) => filled(line, width))
          .join('\n'),
      ),
    async rows(document, columns, rows, none) {
      if (json) return result(document, () => '')
      if (rows.length === 0) return note(none)
      const { text, hidden } = table(columns, rows, width, style)
      await raw(`${text}\n`)
      if (hidden.length > 0) await note(`Not shown for lack of room: ${hidden.join(', ')}. --json has everything.`)
    },
  }
}

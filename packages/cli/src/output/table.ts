import { cut, padded, type Style, terminalText, widthOf, wrapped } from './text.ts'

/** One line of a record: what it is, and its value. */
export type Field = readonly [label: string, value: string, paint?: (text: string) => string]

const INDENT = 2
/** Columns between cells, and between label and value. */
const GAP = 2
/** Lines are not broken into less than this, however narrow the terminal says it is. */
const LEAST_ROOM = 10

/** A record below its title: values are wrapped where they are too wide. */
export function block(title: string, fields: readonly Field[], width: number, style: Style): string {
  const labels = Math.max(0, ...fields.map(([label]) => widthOf(label)))
  const start = INDENT + labels + GAP
  const room = Math.max(LEAST_ROOM, width - start)
  const lines = fields.flatMap(([label, value, paint = unpainted]) =>
    wrapped(terminalText(value), room).map((line, index) => {
      const left = index === 0 ? style.dim(padded(label, labels + GAP)) : ' '.repeat(labels + GAP)
      return `${' '.repeat(INDENT)}${left}${line === '' ? '' : paint(line)}`.trimEnd()
    }),
  )
  const head = wrapped(terminalText(title), Math.max(LEAST_ROOM, width)).map((line) => style.bold(line))
  return [...head, ...lines].join('\n')
}

function unpainted(text: string): string {
  return text
}

export interface Column<R> {
  readonly title: string
  readonly value: (row: R) => string
  /** The width down to which values may lose their ends; without it they are shown whole. */
  readonly least?: number
  /** Whether it may be left out for lack of room, the last columns first. */
  readonly optional?: boolean
  readonly paint?: (text: string, row: R) => string
}

export interface Table {
  readonly text: string
  /** The titles of the columns that were left out. */
  readonly hidden: readonly string[]
}

interface Layout<R> {
  readonly columns: readonly Column<R>[]
  readonly widths: readonly number[]
}

/** The cell of an absent value. */
export const NONE = '-'

/** Rows in columns. If the terminal is too narrow for the required columns, each row becomes a block of lines. */
export function table<R>(columns: readonly Column<R>[], rows: readonly R[], width: number, style: Style): Table {
  const layout = layoutOf(columns, rows, width)
  if (layout === null) return { text: blocks(columns, rows, width, style), hidden: [] }
  const head = layout.columns.map(({ title }, index) => padded(title, layout.widths[index] as number))
  const lines = rows.map((row) => lineOf(layout, row))
  const hidden = columns.filter((column) => !layout.columns.includes(column)).map(({ title }) => title)
  return { text: [style.dim(head.join(' '.repeat(GAP)).trimEnd()), ...lines].join('\n'), hidden }
}

function lineOf<R>({ columns, widths }: Layout<R>, row: R): string {
  const cells = columns.map(({ value, paint }, index) => {
    const width = widths[index] as number
    const text = cut(terminalText(value(row)), width)
    const painted = paint === undefined ? text : paint(text, row)
    return index === columns.length - 1 ? painted : painted + ' '.repeat(width - widthOf(text) + GAP)
  })
  return cells.join('').trimEnd()
}

/** Cuts what may be cut, then leaves out what may be left out; `null` where that is not enough. */
function layoutOf<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Layout<R> | null {
  const natural = columns.map(({ title, value }) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(terminalText(value(row)))), widthOf(title)),
  )
  for (let kept = columns; ; kept = withoutLastOptional(kept)) {
    const widths = kept.map((column) => natural[columns.indexOf(column)] as number)
    const shrunk = shrink(kept, widths, width)
    if (shrunk !== null) return { columns: kept, widths: shrunk }
    if (!kept.some(({ optional }) => optional)) return null
  }
}

function shrink<R>(columns: readonly Column<R>[], natural: readonly number[], width: number): readonly number[] | null {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each, GAP * (columns.length - 1)) - width
  while (excess > 0) {
    // One column at a time gives one place, the widest first: cut columns become about equally wide.
    const widest = widths
      .map((each, index) => ({ each, index, spare: each - leastOf(columns[index] as Column<R>, each) }))
      .filter(({ spare }) => spare > 0)
      .sort((a, b) => b.each - a.each)[0]
    if (widest === undefined) return null
    widths[widest.index] = widest.each - 1
    excess--
  }
  return widths
}

function leastOf<R>({ title, least }: Column<R>, natural: number): number {
  return least === undefined ? natural : Math.min(natural, Math.max(least, widthOf(title)))
}

function withoutLastOptional<R>(columns: readonly Column<R>[]): readonly Column<R>[] {
  const last = columns.findLastIndex(({ optional }) => optional)
  return columns.filter((_, index) => index !== last)
}

/** The first column heads each block. Absent values have a cell in a row, but no line in a block. */
function blocks<R>([first, ...rest]: readonly Column<R>[], rows: readonly R[], width: number, style: Style): string {
  const fieldsOf = (row: R) =>
    rest
      .map(({ title, value, paint }): Field => [title, value(row), (text) => paint?.(text, row) ?? text])
      .filter(([, value]) => value !== NONE)
  return rows.map((row) => block(first?.value(row) ?? '', fieldsOf(row), width, style)).join('\n\n')
}

import type { Style } from './style.ts'
import { padded, terminalText, widthOf, wrapped } from './terminal-text.ts'

/** One line of a record: what it is, and its value. */
export type Field = readonly [label: string, value: string, paint?: (text: string) => string]

const INDENT = 2
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

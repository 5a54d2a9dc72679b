import { type DateRules, type DigestEncoding, isTexts, readDate, readDigest, textList } from './cells.ts'
import type { LineFault } from './foreign-token.ts'
import type { RawRecord } from './records.ts'

/** A record, column by column. What cannot be read is `null` and a fault, so that all faults of a line are found. */
export interface Row {
  readonly line: number
  readonly faults: readonly LineFault[]
  /** The columns that have a value and are not read, by their names in the file. */
  unread(): readonly string[]
  /** Whether the record has the column, be it `null`. */
  has(column: string): boolean
  text(column: string): string | null
  number(column: string): number | null
  date(column: string): Date | null
  flag(column: string): boolean | null
  /** Texts, as `textList` reads them. */
  list(column: string): readonly string[] | null
  /** A JSON object whose members are lists of texts. */
  lists(column: string): ReadonlyMap<string, readonly string[]> | null
  /** Lower-case hex. A digest has to be there. */
  digest(column: string, encodings: readonly DigestEncoding[]): string | null
  refuse(column: string, problem: string): null
}

interface Cell {
  readonly name: string
  readonly value: unknown
}

const FLAGS = new Map<unknown, boolean>(
  [true, 'true', 't', 1, '1']
    .map((value): [unknown, boolean] => [value, true])
    .concat([false, 'false', 'f', 0, '0'].map((value) => [value, false])),
)
const WHOLE_NUMBER = /^-?\d{1,15}$/

/** `expiresAt`, `expires_at` and `EXPIRES_AT` are one column: mappers of one system call it this and that. */
export function columnKey(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}

export function createRow({ line, values }: RawRecord, dates: DateRules): Row {
  const faults: LineFault[] = []
  const cells = new Map<string, Cell>()
  const read = new Set<string>()

  function refuse(field: string, problem: string): null {
    faults.push({ line, field, problem })
    return null
  }

  function cellOf(column: string): unknown {
    const key = columnKey(column)
    read.add(key)
    return cells.get(key)?.value ?? null
  }

  function text(column: string): string | null {
    const value = cellOf(column)
    if (value === null || typeof value === 'string') return value
    if (Number.isSafeInteger(value)) return String(value)
    // JSON keeps 53 bits of a number: another id would come of a longer one.
    return refuse(column, 'must be text, or a whole number of at most 15 digits')
  }

  function json(column: string): unknown {
    const value = cellOf(column)
    try {
      return typeof value === 'string' ? JSON.parse(value) : value
    } catch {
      return refuse(column, 'is not JSON')
    }
  }

  function list(column: string): readonly string[] | null {
    const value = cellOf(column)
    if (typeof value === 'string') {
      const entries = textList(value)
      return 'problem' in entries ? refuse(column, entries.problem) : entries
    }
    return value === null || isTexts(value) ? value : refuse(column, 'must be an array of texts')
  }

  function lists(column: string): ReadonlyMap<string, readonly string[]> | null {
    const value = json(column)
    if (value === null) return null
    const entries = typeof value === 'object' ? Object.entries(value) : []
    const isObject = typeof value === 'object' && !Array.isArray(value)
    if (isObject && entries.every(([, texts]) => isTexts(texts))) return new Map(entries)
    return refuse(column, 'must be an object of arrays of texts')
  }

  for (const [name, value] of values) {
    const key = columnKey(name)
    if (cells.has(key)) refuse(name, 'occurs twice')
    cells.set(key, { name, value: value === '' ? null : value })
  }
  return {
    line,
    faults,
    unread: () => [...cells].filter(([key, { value }]) => !read.has(key) && value !== null).map(([, { name }]) => name),
    has: (column) => cells.has(columnKey(column)),
    text,
    list,
    lists,
    refuse,
    number(column) {
      const value = text(column)
      if (value === null) return null
      return WHOLE_NUMBER.test(value) ? Number(value) : refuse(column, 'must be a whole number')
    },
    date(column) {
      const value = text(column)
      if (value === null) return null
      const reading = readDate(value, dates)
      return 'date' in reading ? reading.date : refuse(column, reading.problem)
    },
    flag(column) {
      const value = cellOf(column)
      return value === null ? null : (FLAGS.get(value) ?? refuse(column, 'must be true or false'))
    },
    digest(column, encodings) {
      const value = text(column)
      if (value === null) return refuse(column, 'is missing')
      const reading = readDigest(value, encodings)
      return 'digest' in reading ? reading.digest : refuse(column, reading.problem)
    },
  }
}

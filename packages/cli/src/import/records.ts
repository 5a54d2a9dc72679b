import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { UnreadableText, utf8Text } from '../options/stdin.ts'
import type { LineFault } from './foreign-token.ts'

/** One line of a file, as its format gives it. A column may be there twice: which one counts is not for a map to say. */
export interface RawRecord {
  readonly line: number
  readonly values: readonly (readonly [column: string, value: unknown])[]
}

/** No row of a token table is as long, and a quote that is never closed would take the whole file. */
export const LONGEST_RECORD = 1_048_576

interface ParsedRecord {
  readonly record: readonly string[]
  /** `lines`: the line that the record ends on. */
  readonly info: { readonly lines: number }
}

/** How databases and their tools write `null` into CSV. */
const NULLS = new Set(['', '\\N', 'NULL'])
/** Sentences of our own: those of the parser show content of the file. */
const SYNTAX_FAULTS: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: `the record is longer than ${LONGEST_RECORD} bytes: is a quote not closed?`,
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
}

/** The records of a CSV file with a header (RFC 4180). A syntax error is the last thing that comes. */
export async function* csvRecords(
  input: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<RawRecord | LineFault, void> {
  const parser = parse({
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
  })
  // Errors before the parser are thrown by reading from it.
  pipeline(Readable.from(utf8Text(input)), parser, () => {})
  let header: readonly string[] | null = null
  let line = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      line = info.lines
      if (header === null) header = record
      else yield csvRecord(header, record, line - lineBreaks(record))
    }
  } catch (cause) {
    yield { line: line + 1, field: null, ...syntaxFault(cause) }
  }
}

function csvRecord(header: readonly string[], record: readonly string[], line: number): RawRecord | LineFault {
  if (record.length !== header.length) {
    return { line, field: null, problem: `has ${record.length} columns, and the header ${header.length}` }
  }
  const nullable = (text = '') => (NULLS.has(text) ? null : text)
  return { line, values: header.map((name, index) => [name, nullable(record[index])] as const) }
}

function lineBreaks(record: readonly string[]): number {
  return record.reduce((count, text) => count + text.split('\n').length - 1, 0)
}

function syntaxFault(cause: unknown): Pick<LineFault, 'problem'> & Partial<LineFault> {
  if (cause instanceof UnreadableText) return { problem: cause.message }
  if (!(cause instanceof CsvError)) throw cause
  const problem = SYNTAX_FAULTS[cause.code] ?? 'the file is not CSV as RFC 4180 has it from here on'
  return { problem, ...(typeof cause.lines === 'number' && { line: cause.lines }) }
}

/** The records of a file with one JSON object per line. Skips empty lines. */
export async function* jsonLineRecords(
  input: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<RawRecord | LineFault, void> {
  let line = 0
  try {
    for await (const text of linesOf(utf8Text(input))) {
      line++
      if (text.trim() !== '') yield jsonRecord(text, line)
    }
  } catch (cause) {
    if (!(cause instanceof UnreadableText)) throw cause
    yield { line: line + 1, field: null, problem: cause.message }
  }
}

/** Not by `readline`, for which U+2028, that JSON may hold, ends a line. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of texts) {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > LONGEST_RECORD) throw new UnreadableText(`the line is longer than ${LONGEST_RECORD} characters`)
  }
  yield rest
}

function jsonRecord(text: string, line: number): RawRecord | LineFault {
  const value = parsed(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { line, values: Object.entries(value) }
  }
  return { line, field: null, problem: 'is not a JSON object: a file of JSON lines has one a line' }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

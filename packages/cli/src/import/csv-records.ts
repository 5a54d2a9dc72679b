import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { UnreadableText, utf8Text } from '../utf8-text.ts'
import type { LineFault } from './foreign-token.ts'
import { LONGEST_RECORD, type RawRecord } from './raw-record.ts'

interface ParsedRecord {
  readonly record: readonly string[]
  /** `lines`: the line that the record ends on. */
  readonly info: { readonly lines: number }
}

/** How databases and their tools write `null` into CSV. */
const NULLS = new Set(['', '\\N', 'NULL'])
/** Sentences of our own: those of the parser show what is in the file. */
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
  // What goes wrong before the parser is thrown by reading it.
  pipeline(Readable.from(utf8Text(input)), parser, () => {})
  let header: readonly string[] | null = null
  let line = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      line = info.lines
      if (header === null) header = record
      else yield recordOf(header, record, line - lineBreaks(record))
    }
  } catch (cause) {
    yield { line: line + 1, field: null, ...syntaxFault(cause) }
  }
}

function recordOf(header: readonly string[], record: readonly string[], line: number): RawRecord | LineFault {
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

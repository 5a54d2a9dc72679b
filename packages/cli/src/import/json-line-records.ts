import { UnreadableText, utf8Text } from '../utf8-text.ts'
import type { LineFault } from './foreign-token.ts'
import { LONGEST_RECORD, type RawRecord } from './raw-record.ts'

/** The records of a file with one JSON object per line. Skips empty lines. */
export async function* jsonLineRecords(
  input: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<RawRecord | LineFault, void> {
  let line = 0
  try {
    for await (const text of linesOf(utf8Text(input))) {
      line++
      if (text.trim() !== '') yield recordOf(text, line)
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

function recordOf(text: string, line: number): RawRecord | LineFault {
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

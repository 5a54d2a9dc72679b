import { CliError, usageError } from '../errors.ts'
import type { World } from '../world.ts'

/** A file that stops making sense somewhere, so that nothing behind it can be read. The message goes on from its name. */
export class UnreadableText extends Error {
  override readonly name = 'UnreadableText'
}

const BYTE_ORDER_MARK = '\ufeff'
const UTF16 = 'is UTF-16, as PowerShell writes with ">": save it as UTF-8'

/**
 * Whether bytes begin as UTF-16 text does: with its byte order mark, or with a character of ASCII, of which one byte is
 * zero.
 */
export function isUtf16([first, second]: Uint8Array): boolean {
  if (first === undefined || second === undefined) return false
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return hasMark || (first === 0) !== (second === 0)
}

export function withoutByteOrderMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

/**
 * The text of a whole file, without a byte order mark.
 *
 * @throws UnreadableText where it is not UTF-8
 */
export function wholeText(bytes: Uint8Array): string {
  if (isUtf16(bytes)) throw new UnreadableText(UTF16)
  return withoutByteOrderMark(decoded(() => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)))
}

/**
 * The text of a file, without a byte order mark.
 *
 * @throws UnreadableText where it is not UTF-8: a name with replaced characters would be another name
 */
export async function* utf8Text(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let isFirst = true
  for await (const chunk of twoBytesFirst(input)) {
    if (isFirst && typeof chunk !== 'string' && isUtf16(chunk)) throw new UnreadableText(`the file ${UTF16}`)
    const text = typeof chunk === 'string' ? chunk : fileDecoded(() => decoder.decode(chunk, { stream: true }))
    if (text === '') continue
    yield isFirst ? withoutByteOrderMark(text) : text
    isFirst = false
  }
  yield fileDecoded(() => decoder.decode())
}

/** The same input, its first chunk with two bytes at least, where there are as many. */
async function* twoBytesFirst(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  let first: Uint8Array | null = new Uint8Array()
  for await (const chunk of input) {
    if (first === null || typeof chunk === 'string') {
      yield chunk
      continue
    }
    const start: Uint8Array = Buffer.concat([first, chunk])
    first = start.length < 2 ? start : null
    if (first === null) yield start
  }
  if (first !== null) yield first
}

function fileDecoded(decode: () => string): string {
  try {
    return decoded(decode)
  } catch (cause) {
    throw new UnreadableText(`the file ${(cause as UnreadableText).message}`)
  }
}

function decoded(decode: () => string): string {
  try {
    return decode()
  } catch {
    throw new UnreadableText('is not UTF-8')
  }
}

/** Longer than any token. Longer input is cut, and is still not a token. */
const LONGEST = 16_384

/**
 * Reads one token from stdin, and takes one line break off its end: `echo` adds one, and no token has one.
 *
 * @throws CliError where stdin is a terminal or empty
 */
export async function readToken({ stdin, isTty }: World): Promise<string> {
  if (isTty.stdin) {
    throw usageError('stdin', 'must be a pipe or a file, so that the token is seen nowhere: patkit verify < token.txt')
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of stdin) {
      chunks.push(Buffer.from(chunk))
      length += chunk.length
      if (length > LONGEST) break
    }
  } catch (cause) {
    throw new CliError('ERR_PAT_FILE', 'stdin cannot be read', null, { cause })
  }
  const bytes = Buffer.concat(chunks).subarray(0, LONGEST)
  if (isUtf16(bytes)) throw usageError('stdin', 'is UTF-16, as PowerShell writes with ">": a token must be UTF-8')
  const token = withoutByteOrderMark(bytes.toString('utf8')).replace(/\r?\n$/, '')
  if (token === '') throw usageError('stdin', 'has no token')
  return token
}

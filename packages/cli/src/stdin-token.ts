import { CliError, usageError } from './cli-error.ts'
import { isUtf16, withoutByteOrderMark } from './utf8-text.ts'
import type { World } from './world.ts'

/** Longer than any token. What is longer is cut, and is no token then either. */
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

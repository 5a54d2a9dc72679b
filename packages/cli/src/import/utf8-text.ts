/** A file that stops making sense somewhere, so that nothing behind it can be read. */
export class UnreadableText extends Error {
  override readonly name = 'UnreadableText'
}

const BYTE_ORDER_MARK = '\ufeff'

/**
 * The text of a file, without a byte order mark.
 *
 * @throws UnreadableText where it is not UTF-8: a name with replaced characters would be another name
 */
export async function* utf8Text(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let isFirst = true
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoded(() => decoder.decode(chunk, { stream: true }))
    if (text === '') continue
    yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
    isFirst = false
  }
  yield decoded(() => decoder.decode())
}

function decoded(decode: () => string): string {
  try {
    return decode()
  } catch {
    throw new UnreadableText('the file is not UTF-8')
  }
}

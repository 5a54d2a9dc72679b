import { connect } from 'node:net'

/** A request as bytes see it: ordinary clients refuse to send many of these. Strings hold one byte a character. */
export interface RawRequest {
  readonly method: string
  readonly path: string
  /** Header lines without their line ends; `Host`, `Connection` and the length of a body are added. */
  readonly lines: readonly string[]
  readonly body: string
}

export interface RawAnswer {
  readonly status: number
  /** Every line, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Without its transfer framing, read as UTF-8. */
  readonly body: string
}

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * Sends one HTTP/1.1 request to 127.0.0.1 on a connection of its own and reads the answer until the server closes it.
 *
 * @throws Error unless the answer is one complete HTTP/1.1 message
 */
export async function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  return parseAnswer(await exchange(port, wireForm(request)), request.method)
}

function wireForm({ method, path, lines, body }: RawRequest): Buffer {
  const length = body === '' ? [] : [`Content-Length: ${body.length}`]
  const head = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...length, ...lines]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1')
}

function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks)))
    socket.on('error', reject)
  })
}

function parseAnswer(bytes: Buffer, method: string): RawAnswer {
  const end = bytes.indexOf(HEAD_END)
  if (end === -1) throw new Error('the answer has no end of headers')
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]
  if (status === undefined) throw new Error('the answer has no status line')
  const headers = lines.map(parseLine)
  const rest = bytes.subarray(end + HEAD_END.length)
  return { status: Number(status), headers, body: unframed(rest, headers, method).toString('utf8') }
}

function parseLine(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

/** RFC 9112 §6.3. What follows a whole body would be a second answer. */
function unframed(rest: Buffer, headers: RawAnswer['headers'], method: string): Buffer {
  const field = (wanted: string) => headers.find(([name]) => name === wanted)?.[1]
  const length = field('content-length')
  if (method !== 'HEAD' && field('transfer-encoding') === 'chunked') return unchunked(rest)
  const expected = method === 'HEAD' ? 0 : Number(length ?? rest.length)
  if (rest.length !== expected) throw new Error(`the answer has ${rest.length} bytes of body instead of ${expected}`)
  return rest
}

function unchunked(rest: Buffer): Buffer {
  const chunks: Buffer[] = []
  let offset = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', offset)
    const size = Number.parseInt(rest.subarray(offset, lineEnd).toString('latin1'), 16)
    if (lineEnd === -1 || Number.isNaN(size)) throw new Error('the answer has a broken chunk')
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
    offset = lineEnd + 2 + size + 2
    if (size === 0) break
  }
  if (offset !== rest.length) throw new Error('the answer is followed by something else')
  return Buffer.concat(chunks)
}

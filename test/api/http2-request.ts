import { once } from 'node:events'
import { type ClientHttp2Stream, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'

export interface Http2Request {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export interface Http2Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request over HTTP/2 without TLS, on a connection of its own. */
export async function sendHttp2(
  url: string,
  { method = 'GET', path, headers, body = '' }: Http2Request,
): Promise<Http2Answer> {
  const session = connect(url)
  const failed = new Promise<never>((_, reject) => session.on('error', reject))
  const exchange = async (): Promise<Http2Answer> => {
    const fields = { ':method': method, ':path': path, ...headers } as OutgoingHttpHeaders
    const stream: ClientHttp2Stream = session.request(fields, { endStream: body === '' })
    if (body !== '') stream.end(body)
    const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { readonly ':status': number }]
    return { status: answered[':status'], headers: answered, body: await text(stream) }
  }
  try {
    return await Promise.race([exchange(), failed])
  } finally {
    session.close()
  }
}

import type { Server } from 'node:http'
import { Duplex } from 'node:stream'

export interface Answer {
  readonly status: number
  readonly body: string
}

/** Sends one request, and calls back with its answer. The next request may be sent once it has. */
export type Send = (request: Buffer, answered: (answer: Answer) => void) => void

type Written = string | Buffer

/**
 * A keep-alive connection to a Node server without a network: its parser, its queue of answers and the framework behind
 * it work as they do on a socket.
 */
export function connectInMemory(server: Server): Send {
  let text = ''
  let answered: ((answer: Answer) => void) | null = null
  function take(chunk: Written): void {
    const part = typeof chunk === 'string' ? chunk : chunk.toString('latin1')
    text = text === '' ? part : text + part
    const answer = answerIn(text)
    if (answer === null) return
    const tell = answered
    text = ''
    answered = null
    tell?.(answer)
  }
  const socket = new Duplex({
    decodeStrings: false,
    read() {},
    write(chunk, _encoding, done) {
      take(chunk)
      done()
    },
    writev(chunks, done) {
      for (const { chunk } of chunks) take(chunk)
      done()
    },
  })
  server.emit('connection', Object.assign(socket, { remoteAddress: '::ffff:127.0.0.1' }))
  return (request, then) => {
    answered = then
    socket.push(request)
  }
}

const STATUS = 'HTTP/1.1 '.length
const LENGTH = /\r\ncontent-length: (\d+)/i
const CHUNKED = /\r\ntransfer-encoding: chunked/i

/** `null` while there is more to come. */
function answerIn(text: string): Answer | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const start = end + 4
  const length = LENGTH.exec(text)?.[1]
  const body = length === undefined ? chunkedBody(text, start) : lengthBody(text, start, Number(length))
  return body === null ? null : { status: Number(text.slice(STATUS, STATUS + 3)), body }
}

function lengthBody(text: string, start: number, length: number): string | null {
  return text.length < start + length ? null : text.slice(start)
}

/** Its chunks with their sizes: only the end of it matters here. */
function chunkedBody(text: string, start: number): string | null {
  if (!CHUNKED.test(text)) throw new Error(`bench: an answer without a length: ${text}`)
  return text.endsWith('\r\n0\r\n\r\n') || text.slice(start) === '0\r\n\r\n' ? text.slice(start) : null
}

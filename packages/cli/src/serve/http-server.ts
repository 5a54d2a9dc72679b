import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CliError } from '../errors.ts'

export interface HttpServer {
  readonly port: number
  /** Attach it in the turn in which `listen` resolves: requests before it would wait forever. */
  onRequest(listener: RequestListener): void
  /** Refuses new connections, and waits until the requests under way are answered, or the time is up. */
  stop(limitMs: number): Promise<void>
}

/** Header lines of a request: Node drops lines past the limit, and a request at the limit is refused. */
const MOST_HEADERS = 200

/** @throws CliError `ERR_PAT_LISTEN` */
export async function listen(host: string, port: number): Promise<HttpServer> {
  const server = createServer()
  server.maxHeadersCount = MOST_HEADERS
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CliError('ERR_PAT_LISTEN', `cannot listen on ${host}, port ${port}: ${code}`, '--port', { cause })
  }
  let isStopping = false
  return {
    port: (server.address() as AddressInfo).port,
    onRequest(listener) {
      server.on('request', (req, res) => {
        // A connection that is kept alive would hold up the stop.
        res.once('close', () => isStopping && setImmediate(() => server.closeIdleConnections()))
        listener(req, res)
      })
    },
    stop(limitMs) {
      isStopping = true
      return stopped(server, limitMs)
    },
  }
}

async function stopped(server: Server, limitMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), limitMs)
  await closed
  clearTimeout(timer)
}

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartupError } from './startup-error.ts'

/** Examples are for the person at this machine. */
const HOST = '127.0.0.1'
/** So many ports in a row are tried. */
const MOST_PORTS = 100

/**
 * @returns the URL at which the server listens
 * @throws StartupError saying why the port cannot be had
 */
export async function listen(server: Server, port: number): Promise<string> {
  try {
    return await bind(server, port)
  } catch (cause) {
    const problem = isInUse(cause) ? 'it is in use' : (cause as Error).message
    throw new StartupError(`cannot listen on port ${port}: ${problem}; --port 0 takes a free one`, { cause })
  }
}

/** Listens on the first free port from `first` on. @throws StartupError as `listen` does, for the last one tried */
export async function listenFrom(server: Server, first: number): Promise<string> {
  for (let port = first; port < first + MOST_PORTS; port++) {
    try {
      return await bind(server, port)
    } catch (error) {
      if (!isInUse(error)) break
    }
  }
  return listen(server, first)
}

async function bind(server: Server, port: number): Promise<string> {
  server.listen(port, HOST)
  await once(server, 'listening')
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
}

function isInUse(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
}

/** A signal may come twice, from the terminal and from the program that passed it on. */
export function closeOnSignal(server: Server): void {
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  process.on('SIGINT', close)
  process.on('SIGTERM', close)
}

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartupError } from './startup-error.ts'

/** Examples are for the person at this machine. */
const HOST = '127.0.0.1'

/**
 * @returns the URL at which the server listens
 * @throws StartupError saying why the port cannot be had
 */
export async function listen(server: Server, port: number): Promise<string> {
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
  } catch (cause) {
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
    const problem = inUse ? 'it is in use' : (cause as Error).message
    throw new StartupError(`cannot listen on port ${port}: ${problem}; --port 0 takes a free one`, { cause })
  }
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
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

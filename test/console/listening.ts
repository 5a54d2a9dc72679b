import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { serve } from '@hono/node-server'

/** A server on a port of its own. Closing ends the connections that browsers keep open. */
export async function started(server: ReturnType<typeof serve>): Promise<{ url: string; close(): Promise<void> }> {
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((settle, reject) => {
        server.close((error) => (error ? reject(error) : settle()))
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}

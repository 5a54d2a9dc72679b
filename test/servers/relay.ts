import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP relay in front of a server, whose connections can die without an error. */
export interface Relay {
  /** The URL of the server, through the relay. */
  urlOf(url: string): string
  /** From now on bytes disappear. The sockets stay open, new ones too. */
  swallow(direction: 'both' | 'to client'): void
  /** Passes the bytes of new connections. Connections that have lost some stay dead. */
  pass(): void
  /** Ends all connections; new ones go to another server. */
  retarget(url: string): void
  /** Ends all connections. */
  cut(): void
  close(): Promise<void>
}

export async function startRelay(target: string): Promise<Relay> {
  let upstreamUrl = new URL(target)
  const sockets = new Set<Socket>()
  let swallowing: 'both' | 'to client' | null = null

  const server = createServer((client) => {
    const upstream = connect(Number(upstreamUrl.port), upstreamUrl.hostname)
    let dead = false
    const loses = (toClient: boolean) => {
      dead ||= swallowing !== null
      return dead && (toClient || swallowing !== 'to client')
    }
    client.on('data', (bytes) => void (loses(false) || upstream.write(bytes)))
    upstream.on('data', (bytes) => void (loses(true) || client.write(bytes)))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    urlOf(url) {
      const through = new URL(url)
      through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      return through.href
    },
    swallow(direction) {
      swallowing = direction
    },
    pass() {
      swallowing = null
    },
    retarget(url) {
      upstreamUrl = new URL(url)
      cut()
    },
    cut,
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}

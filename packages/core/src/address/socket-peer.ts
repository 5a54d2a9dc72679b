/** The peer of a unix socket, which has no address. */
export const UNIX_PEER = 'unix'

/** The members of a Node socket that identify its peer. `server` is the server that accepted it, which Node's types leave out. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined
  readonly server?: { address?(): unknown } | undefined
}

/**
 * The address at the other end of a Node socket; `'unix'` where its server listens on a unix socket or a named pipe;
 * else `null`. A TCP socket has no `remoteAddress` either once its client is gone, even before it is destroyed, so that
 * the server is asked and not the connection: what it listens on is nothing a client can change.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { socketPeer } from '@patkit/core/adapter'
 *
 * createServer((request, response) => response.end(socketPeer(request.socket))).listen(3000)
 * ```
 */
export function socketPeer(socket: PeerSocket | undefined): string | null {
  if (socket === undefined) return null
  const address = socket.remoteAddress
  if (address !== undefined) return address
  return typeof socket.server?.address?.() === 'string' ? UNIX_PEER : null
}

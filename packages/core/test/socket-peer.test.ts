import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, type ListenOptions, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { socketPeer } from '@patkit/core/adapter'
import { expect, onTestFinished, test } from 'vitest'

const TCP: ListenOptions = { host: '127.0.0.1', port: 0 }

function unixSocket(): ListenOptions {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { path: join(folder, 'socket') }
}

/** A request as a server sees it, its connection, and the client's end of that. */
async function accepted(listen: ListenOptions): Promise<{ server: Server; socket: Socket; client: Socket }> {
  const server = createServer().listen(listen)
  await once(server, 'listening')
  const address = server.address()
  const client = typeof address === 'string' ? connect(address) : connect(address?.port ?? 0, '127.0.0.1')
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  client.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const [request] = await once(server, 'request')
  return { server, socket: request.socket, client }
}

/** Ends the connection from the client's side, and waits until the server has noticed. */
async function disconnect(socket: Socket, end: () => void): Promise<void> {
  const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
  end()
  await closed
}

test('a TCP socket has an address', async () => {
  const { socket } = await accepted(TCP)
  expect(socketPeer(socket)).toBe('127.0.0.1')
})

test.each(['end', 'resetAndDestroy'] as const)(
  'a TCP socket whose client left (%s) is no unix socket',
  async (leave) => {
    const { server, socket, client } = await accepted(TCP)
    await disconnect(socket, () => client[leave]())
    expect(socket.remoteAddress).toBeUndefined()
    expect(socketPeer(socket)).toBeNull()
    server.close()
    expect(socketPeer(socket)).toBeNull()
  },
)

test('a unix socket is one, with its client there or gone, and while its server closes', async () => {
  const { server, socket, client } = await accepted(unixSocket())
  expect(socketPeer(socket)).toBe('unix')
  await disconnect(socket, () => client.destroy())
  expect(socketPeer(socket)).toBe('unix')
  server.close()
  expect(socketPeer(socket)).toBe('unix')
})

test.each([
  undefined,
  {},
  { server: undefined },
  { server: {} },
  { server: { address: () => null } },
  { server: { address: () => ({ port: 80 }) } },
])('%j has no known peer', (socket) => {
  expect(socketPeer(socket)).toBeNull()
})

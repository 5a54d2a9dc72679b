import type { ChannelConnection, ChannelTransport, ConnectionListener } from '@patkit/core/adapter'
import type { Link } from './link.ts'
import { createBacklog, taken, type Wire } from './wire.ts'
import type { Announcement, World } from './world.ts'

/** A server that passes messages on to every connection, each in the order in which it took them. */
export interface Server extends Wire {
  transportOf(link: Link): ChannelTransport
}

type Frame =
  | { readonly kind: 'message'; readonly text: string; readonly announcement: Announcement | undefined }
  | { readonly kind: 'echo'; readonly id: string }

interface Socket {
  readonly link: Link
  readonly listener: ConnectionListener
  readonly frames: Frame[]
  /** Whether a frame is on its way. */
  isWaiting: boolean
  isOpen: boolean
  /** Its bytes disappear, without an error. */
  isDead: boolean
}

/** @param decides whether a message that it took counts, or the channel behind it decides that */
export function createServer(world: World, decides: boolean): Server {
  const { random } = world
  const backlog = createBacklog(world)
  const sockets = new Set<Socket>()

  function push(socket: Socket, frame: Frame): void {
    socket.frames.push(frame)
    goOn(socket)
  }

  function goOn(socket: Socket): void {
    if (socket.isWaiting || socket.frames.length === 0) return
    socket.isWaiting = true
    backlog.add(() => deliver(socket))
  }

  /** Passes on what a connection has waited for longest. */
  function deliver(socket: Socket): string {
    const { link, listener, frames } = socket
    socket.isWaiting = false
    if (!socket.isOpen || socket.isDead) return lose(socket)
    const frame = frames[0] as Frame
    const again = frame.kind === 'message' && random.chance(0.1)
    if (!again) frames.shift()
    if (frame.kind === 'echo') listener.echo(frame.id)
    else receive(link, listener, frame)
    goOn(socket)
    const what = frame.kind === 'echo' ? `the echo of ping ${frame.id}` : frame.text
    return `${link.node} receives ${what}${again ? ', and will receive it again' : ''}`
  }

  function lose({ link, frames }: Socket): string {
    frames.length = 0
    return `the bytes on the way to ${link.node} are lost`
  }

  function cut(socket: Socket): string {
    socket.isOpen = false
    sockets.delete(socket)
    socket.listener.lost(new Error('connection cut'))
    return `the connection of ${socket.link.node} is cut`
  }

  function swallow(socket: Socket): string {
    socket.isDead = true
    return `the connection of ${socket.link.node} swallows bytes`
  }

  function restart(): string {
    for (const socket of sockets) cut(socket)
    return 'the server is started again'
  }

  function send(text: string, link: Link): Promise<void> {
    const announcement = announcedAs(text, link.node, world)
    const pass = () => {
      if (decides) taken(announcement, world)
      for (const socket of sockets) push(socket, { kind: 'message', text, announcement })
    }
    return new Promise((resolve, reject) => {
      const run = () => {
        pass()
        resolve()
        return `the server takes ${text}`
      }
      const fail = () => {
        if (random.chance(0.5)) pass()
        reject(new Error('connection lost'))
        return `${link.node} has no answer to ${text}`
      }
      backlog.add(run, fail)
    })
  }

  function connect(link: Link, listener: ConnectionListener): Promise<ChannelConnection> {
    return new Promise((resolve, reject) => {
      const run = () => {
        const socket: Socket = { link, listener, frames: [], isWaiting: false, isOpen: true, isDead: false }
        sockets.add(socket)
        resolve({ ping: (id) => ping(socket, id), close: () => close(socket) })
        return `${link.node} is connected`
      }
      const fail = () => {
        reject(new Error('connection refused'))
        return `${link.node} cannot connect`
      }
      backlog.add(run, fail)
    })
  }

  function ping(socket: Socket, id: string): Promise<void> {
    const { node } = socket.link
    return new Promise((resolve, reject) => {
      const run = () => {
        if (socket.isOpen) push(socket, { kind: 'echo', id })
        resolve()
        return `the server takes ping ${id} of ${node}`
      }
      const fail = () => {
        reject(new Error('connection lost'))
        return `ping ${id} of ${node} is lost`
      }
      backlog.add(run, fail)
    })
  }

  function close(socket: Socket): void {
    socket.isOpen = false
    sockets.delete(socket)
  }

  return {
    transportOf: (link) => ({
      connect: (listener) => connect(link, listener),
      send: (text) => send(text, link),
    }),
    get waiting() {
      return backlog.waiting
    },
    get breaks() {
      const open = [...sockets]
      const alive = open.filter(({ isDead }) => !isDead)
      const breaks = [...open.map((socket) => () => cut(socket)), ...alive.map((socket) => () => swallow(socket))]
      return open.length > 0 ? [...breaks, restart] : breaks
    },
    heal: backlog.heal,
  }
}

function receive(
  link: Link,
  listener: ConnectionListener,
  { text, announcement }: Extract<Frame, { readonly kind: 'message' }>,
): void {
  link.carries = announcement ?? null
  listener.message(text)
  link.carries = null
}

/** The newest announcement of a node with this text that no channel has taken. */
function announcedAs(text: string, node: string, { announcements }: World): Announcement | undefined {
  return announcements.findLast(({ by, sent, what }) => by === node && !sent && JSON.stringify(what) === text)
}

import { notify, unref, within } from '../async.ts'
import { PatError } from '../errors.ts'
import { wrongOption } from '../option-checks.ts'
import type { ChannelHealth, ChannelListener, InvalidationChannel } from './channel.ts'
import type { Invalidation } from './invalidation.ts'
import { createSubscribers } from './subscribers.ts'

/** What a connection brings. */
export interface ConnectionListener {
  /** A text that `send` was given, on this node or another one. */
  message(text: string): void
  /** An id that `ping` of this connection was given. Everything sent before that ping has arrived. */
  echo(id: string): void
  /** The connection was lost. */
  lost(cause: unknown): void
}

export interface ChannelConnection {
  /** Sends an id to this connection alone, the way that messages go: through the server, behind the messages before it. */
  ping(id: string): Promise<unknown>
  /** Drops the connection at once, also one that no longer answers. */
  close(): void
}

/** The server of a channel. */
export interface ChannelTransport {
  /** Resolves when messages arrive. */
  connect(listener: ConnectionListener): Promise<ChannelConnection>
  /** Sends a text to every connection. */
  send(text: string): Promise<unknown>
}

export interface ConnectedChannelOptions {
  readonly transport: ChannelTransport
  /** How often a ping is sent, in milliseconds. */
  readonly pingMs: number
  /** How long a connection may go without an echo before it is dropped, in milliseconds. */
  readonly silenceMs: number
  /** Whether the store of the application sends the messages of changes in their transactions. */
  readonly transactional: boolean
  /** The message where no echo arrives at the start. */
  readonly silent: string
  readonly onError: (cause: unknown) => void
  readonly clock: () => number
}

/** How long after a connection was lost the next one is tried. */
const RETRY_MS = 500
/** A client without a connection may keep a message for as long as it takes to get one. */
const SEND_MS = 5_000

/**
 * A channel over a connection. A node is up to date as of the sending of the last ping that came back, and a connection
 * without echoes is dropped: a socket can be dead without an error. A subscription has a connection of its own.
 *
 * @throws TypeError where `silenceMs` is not more than `pingMs`: each connection would be dropped before its second echo
 */
export function createConnectedChannel(options: ConnectedChannelOptions): InvalidationChannel {
  if (options.silenceMs <= options.pingMs) throw wrongOption('silenceMs', 'must be more than pingMs')
  const subscribers = createSubscribers()
  let health: ChannelHealth = NOT_CONNECTED
  return Object.freeze({
    ...(options.transactional && { deliver: subscribers.deliver }),
    async publish(what: Invalidation) {
      subscribers.deliver(what)
      await within(SEND_MS, async () => options.transport.send(JSON.stringify(what)), notSent)
    },
    async subscribe(listener: ChannelListener) {
      const connection = createReconnecting(options, listener, (latest) => {
        health = latest
      })
      await connection.start()
      return subscribers.add(listener, connection.stop)
    },
    get health() {
      return health
    },
  })
}

function notSent(): Error {
  return new Error(`the message could not be sent within ${SEND_MS} ms`)
}

const NOT_CONNECTED: ChannelHealth = { connected: false, echoMs: null }

/** Keeps one subscription connected. */
function createReconnecting(
  options: ConnectedChannelOptions,
  listener: ChannelListener,
  setHealth: (health: ChannelHealth) => void,
) {
  const failed = (cause: unknown) =>
    notify(
      () => options.onError(cause),
      () => {},
    )
  let current: { close(): void } | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let stopped = false

  async function connect(): Promise<void> {
    const connected = await openConnection(options, listener, setHealth, lost)
    if (stopped) connected.close()
    else current = connected
  }

  function lost(cause: unknown): void {
    current = null
    listener.gap()
    failed(cause)
    retryLater()
  }

  function retryLater(): void {
    setHealth(NOT_CONNECTED)
    if (!stopped) timer = unref(setTimeout(() => void reconnect(), RETRY_MS))
  }

  async function reconnect(): Promise<void> {
    try {
      await connect()
    } catch (cause) {
      failed(cause)
      retryLater()
    }
  }

  return {
    /** @throws what the first connection fails with */
    start: connect,
    stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      current?.close()
      setHealth(NOT_CONNECTED)
    },
  }
}

/**
 * Opens a connection, and resolves with its first echo.
 *
 * @throws PatError `ERR_PAT_CHANNEL_SILENT` where none arrives
 */
function openConnection(
  { transport, pingMs, silenceMs, silent, clock }: ConnectedChannelOptions,
  listener: ChannelListener,
  setHealth: (health: ChannelHealth) => void,
  lost: (cause: unknown) => void,
): Promise<{ close(): void }> {
  return new Promise((resolve, reject) => {
    const pings = createPings(clock)
    let connection: ChannelConnection | null = null
    let unsent: unknown
    let closed = false
    let timer = unref(setTimeout(() => fail(new PatError('ERR_PAT_CHANNEL_SILENT', silent, unsent)), silenceMs))

    function close(): void {
      closed = true
      clearTimeout(timer)
      connection?.close()
    }

    function fail(cause: unknown): void {
      if (closed) return
      close()
      if (pings.lastEcho === null) reject(cause)
      else lost(cause)
    }

    function ping(to: ChannelConnection): void {
      to.ping(pings.next()).catch((cause) => {
        unsent = cause
      })
    }

    function pingAgain(to: ChannelConnection): void {
      timer = unref(setTimeout(() => pingAgain(to), pingMs))
      if (pings.silentFor() <= silenceMs) ping(to)
      else fail(new PatError('ERR_PAT_CHANNEL_SILENT', `no echo within ${silenceMs} ms`, unsent))
    }

    function echo(id: string): void {
      const first = pings.lastEcho === null
      const sentAt = pings.echo(id)
      if (closed || sentAt === null || connection === null) return
      listener.caughtUp(sentAt)
      setHealth({ connected: true, echoMs: clock() - sentAt })
      if (!first) return
      clearTimeout(timer)
      pingAgain(connection)
      resolve({ close })
    }

    const message = (text: string) => void (closed || listener.message(parsed(text)))
    transport.connect({ message, echo, lost: fail }).then((opened) => {
      connection = opened
      if (closed) opened.close()
      else ping(opened)
    }, fail)
  })
}

/** The pings of one connection that have not come back. */
function createPings(clock: () => number) {
  const sent = new Map<string, number>()
  let lastEcho: number | null = null
  let count = 0
  return {
    /** When the last ping that came back was sent. */
    get lastEcho() {
      return lastEcho
    },
    /** After a clock has stepped back, the silence is counted from then on. */
    silentFor(): number {
      const now = clock()
      lastEcho = Math.min(lastEcho as number, now)
      return now - lastEcho
    },
    next(): string {
      const id = String(++count)
      sent.set(id, clock())
      return id
    },
    /** @returns when the ping was sent; `null` for an unknown one. Earlier pings count no more. */
    echo(id: string): number | null {
      const sentAt = sent.get(id)
      if (sentAt === undefined) return null
      for (const earlier of sent.keys()) {
        sent.delete(earlier)
        if (earlier === id) break
      }
      lastEcho = sentAt
      return sentAt
    },
  }
}

/** What cannot be read may be any invalidation: the verifier refuses it, and clears its cache. */
function parsed(text: string): Invalidation {
  try {
    return JSON.parse(text) as Invalidation
  } catch {
    return text as unknown as Invalidation
  }
}

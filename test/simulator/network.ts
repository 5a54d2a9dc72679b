import type { InvalidationChannel } from '@patkit/core'
import type { ChannelListener, Invalidation } from '@patkit/core/adapter'
import { announcementOf, type Link } from './link.ts'
import type { Announcement, World } from './world.ts'

interface Ping {
  readonly seq: number
  /** On the clock of the node. */
  readonly at: number
}

/** The way of messages to one node. It keeps the channel's contract: what it loses, it follows with a gap. */
export interface Route {
  readonly node: string
  readonly channel: InvalidationChannel
  readonly connected: boolean
  readonly messages: readonly Announcement[]
  /** Whether a ping can come back: nothing sent before it is still under way, or lost without a gap. */
  readonly echoReady: boolean
  readonly oldestPingAt: number
  send(message: Announcement): void
  /** These three draw one of the messages under way, and return it. */
  deliver(): Invalidation
  duplicate(): Invalidation
  lose(): Invalidation
  gap(): void
  ping(): void
  echo(): void
}

/** Whether messages get through to a node is decided step by step; `publish` reaches every route at once. */
export function createRoute(link: Link, routes: readonly Route[], world: World): Route {
  const { random } = world
  const messages: Announcement[] = []
  const pings: Ping[] = []
  let listener: ChannelListener | null = null
  let lostAt = Number.POSITIVE_INFINITY

  async function publish(what: Invalidation): Promise<void> {
    const announcement = announcementOf(what, world)
    if (announcement === undefined) return
    if (random.chance(0.03)) throw new Error('connection lost')
    announcement.sent = true
    for (const route of routes) if (route.connected) route.send(announcement)
  }

  async function subscribe(subscriber: ChannelListener): Promise<AsyncDisposable> {
    if (random.chance(0.05)) throw new Error('connection refused')
    listener = link.overhear(subscriber)
    return { [Symbol.asyncDispose]: async () => {} }
  }

  function take(): Announcement {
    return messages.splice(random.below(messages.length), 1)[0] as Announcement
  }

  function said({ what }: Announcement): Invalidation {
    listener?.message(what)
    return what
  }

  return {
    node: link.node,
    channel: { publish, subscribe },
    get connected() {
      return listener !== null
    },
    messages,
    get echoReady() {
      const ping = pings[0]
      return ping !== undefined && lostAt > ping.seq && messages.every(({ seq }) => seq > ping.seq)
    },
    get oldestPingAt() {
      return pings[0]?.at ?? Number.NaN
    },
    send: (message) => void messages.push(message),
    deliver: () => said(take()),
    duplicate: () => said(random.pick(messages)),
    lose() {
      const { what, seq } = take()
      if (link.live) lostAt = Math.min(lostAt, seq)
      return what
    },
    gap() {
      lostAt = Number.POSITIVE_INFINITY
      listener?.gap()
    },
    ping: () => void pings.push({ seq: world.tick(), at: link.clock() }),
    echo: () => listener?.caughtUp((pings.shift() as Ping).at),
  }
}

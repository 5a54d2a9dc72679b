import type { InvalidationChannel } from '@patkit/core'
import type { ChannelListener, Invalidation } from '@patkit/core/adapter'
import { trusts } from './trust.ts'
import type { Announcement, World } from './world.ts'

interface Heard {
  readonly what: Invalidation
  readonly seq: number
}

/** The messages to a node, as seen from outside. */
export interface Link {
  readonly node: string
  readonly heard: readonly Heard[]
  /** Whether it has caught up since the last gap. */
  readonly live: boolean
  /** The last event at which it caught up after its lease had run out. */
  readonly renewed: number
  /** Everything announced before this instant has arrived. */
  readonly asOf: number
  /** Notes an invalidation that is made known to the node now. */
  receive(what: Invalidation): void
  /** The listener, with every message noted first. */
  overhear(listener: ChannelListener): ChannelListener
}

export function createLink(node: string, world: World): Link {
  const heard: Heard[] = []
  let live = false
  let renewed = 0
  let asOf = Number.NEGATIVE_INFINITY

  function receive(what: Invalidation): void {
    heard.push({ what, seq: world.tick() })
    announcementOf(what, world)?.heardBy.add(node)
  }

  const link: Link = {
    node,
    heard,
    get live() {
      return live
    },
    get renewed() {
      return renewed
    },
    get asOf() {
      return asOf
    },
    receive,
    overhear: (listener) => ({
      message(what) {
        receive(what)
        listener.message(what)
      },
      caughtUp(sentAt) {
        if (!trusts(link, world)) renewed = world.tick()
        if (!live) receive({ kind: 'all' })
        live = true
        asOf = sentAt
        listener.caughtUp(sentAt)
      },
      gap() {
        live = false
        receive({ kind: 'all' })
        listener.gap()
      },
    }),
  }
  return link
}

/** The announcement that a message carries: the verifier passes on what it was given. */
export function announcementOf(what: Invalidation, { announcements }: World): Announcement | undefined {
  return announcements.findLast((announcement) => announcement.what === what)
}

/** The channel between the nodes of one process, with what it says noted. */
export function overheard(channel: InvalidationChannel, link: Link): InvalidationChannel {
  return {
    publish: (what) => channel.publish(what),
    subscribe: (listener) => channel.subscribe(link.overhear(listener)),
  }
}

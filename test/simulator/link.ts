import type { InvalidationChannel } from '@patkit/core'
import type { ChannelListener, Invalidation } from '@patkit/core/adapter'
import { trusts } from './trust.ts'
import type { Announcement, World } from './world.ts'

interface Heard {
  readonly what: Invalidation
  readonly seq: number
}

/** How far a clock is from the true time, from an event on. */
interface Skew {
  readonly seq: number
  readonly at: number
  readonly skewMs: number
}

/** The messages to a node, as seen from outside. */
export interface Link {
  readonly node: string
  /** How far the clock of the node was from the true time at an event. */
  skewAt(seq: number): number
  /** The clock of the node. */
  readonly clock: () => number
  /** Sets the clock forward, or back. */
  stepClock(byMs: number): void
  /** When the clock was set last. */
  readonly steppedAt: number
  /** The announcement whose text is passed to the node now. */
  carries: Announcement | null
  readonly heard: readonly Heard[]
  /** Whether it has caught up since the last gap. */
  readonly live: boolean
  /** The last event at which it caught up after its lease had run out. */
  readonly renewed: number
  /** Everything announced before this instant of the clock of the node has arrived. */
  readonly asOf: number
  /** Notes an invalidation that is made known to the node now. */
  receive(what: Invalidation): void
  /** The listener, with every message noted first. */
  overhear(listener: ChannelListener): ChannelListener
}

/** @param object called with what a real channel says that is not so */
export function createLink(node: string, world: World, object: (objection: string) => void): Link {
  const heard: Heard[] = []
  let live = false
  let renewed = 0
  let asOf = Number.NEGATIVE_INFINITY
  /** The event at which the node has caught up after the last gap. */
  let since = 0

  function receive(what: Invalidation): void {
    heard.push({ what, seq: world.tick() })
    ;(link.carries ?? announcementOf(what, world))?.heardBy.add(node)
  }

  const skews: Skew[] = [drawSkew(world)]
  const skewNow = () => (skews.at(-1) as Skew).skewMs

  /** The first instant at which the clock may have read this: one that was set back has read it twice. */
  function instantOf(reading: number): number {
    const instants = skews.map(({ at, skewMs }) => ({ from: at, instant: reading - skewMs }))
    const isRead = ({ from, instant }: { from: number; instant: number }, index: number) =>
      instant >= from && instant <= (skews[index + 1]?.at ?? world.timeline.now)
    return instants.find(isRead)?.instant ?? Number.NEGATIVE_INFINITY
  }

  /** Everything that the channel took before this instant must have arrived, since the last gap. */
  function checkUpToDate(sentAt: number): void {
    const before = instantOf(sentAt)
    const isMissing = ({ at, heardBy, sent, seq }: Announcement) =>
      sent && seq > since && at < before && !heardBy.has(node)
    const missing = world.plan.everyMs > 0 ? world.announcements.find(isMissing) : undefined
    if (missing === undefined) return
    object(`channel: ${node} is up to date without ${JSON.stringify(missing.what)}, which was taken at ${missing.seq}`)
  }

  const link: Link = {
    node,
    skewAt: (seq) => (skews.findLast((skew) => skew.seq <= seq) as Skew).skewMs,
    clock: () => world.timeline.now + skewNow(),
    stepClock: (byMs) => void skews.push({ seq: world.tick(), at: world.timeline.now, skewMs: skewNow() + byMs }),
    get steppedAt() {
      return (skews.at(-1) as Skew).at
    },
    carries: null,
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
        if (live) checkUpToDate(sentAt)
        else receive({ kind: 'all' })
        if (!live) since = world.seq
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

function drawSkew({ plan: { skewMs: most }, random }: World): Skew {
  const skewMs = most === 0 ? 0 : random.below(2 * most + 1) - most
  return { seq: 0, at: Number.NEGATIVE_INFINITY, skewMs }
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

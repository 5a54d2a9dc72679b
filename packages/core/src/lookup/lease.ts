import { PatError } from '../errors.ts'
import type { ChannelListener, InvalidationChannel } from './channel.ts'
import { type Invalidation, type Invalidations, validInvalidation } from './invalidation.ts'

/** How long this node may trust what it remembers. */
export interface Lease {
  /** Whether memory may be used now. Decided by the clock alone: a process that was paused has had no timers. */
  holds(now: number): boolean
  /** Whether `holds` would say so, without any of its effects. */
  readonly upToDate: (now: number) => boolean
  /** The instant up to which all invalidations have arrived: `Infinity` where none can be missed. */
  readonly asOf: number
  /** Publishes to the other nodes. Failures are reported. */
  publish(what: Invalidation): Promise<void>
  close(): Promise<void>
}

export interface LeaseOptions {
  readonly channel: InvalidationChannel | null
  readonly leaseMs: number
  readonly invalidations: Invalidations
  readonly report: (fault: PatError) => void
}

/** How long after a subscription that failed the next one is tried. */
const RETRY_MS = 1_000

/** Without a channel there is one node, and it knows of every invalidation. */
const NO_CHANNEL: Lease = Object.freeze({
  holds: () => true,
  upToDate: () => true,
  asOf: Number.POSITIVE_INFINITY,
  publish: () => Promise.resolve(),
  close: () => Promise.resolve(),
})

/**
 * Follows a channel. Whenever messages may have been missed, everything remembered is refused, and so is what lookups
 * find that began before the node had caught up again. The first `holds` subscribes.
 */
export function createLease({ channel, leaseMs, invalidations, report }: LeaseOptions): Lease {
  if (channel === null) return NO_CHANNEL
  const failed = (cause: unknown) =>
    report(
      cause instanceof PatError ? cause : new PatError('ERR_PAT_CHANNEL_FAILED', 'invalidation channel failed', cause),
    )
  return following(channel, follow(invalidations, leaseMs, failed), failed)
}

type Follower = ReturnType<typeof follow>

function following(channel: InvalidationChannel, follower: Follower, failed: (cause: unknown) => void): Lease {
  let subscription: Promise<AsyncDisposable | null> | null = null
  let triedAt = Number.NEGATIVE_INFINITY
  let closed = false

  async function subscribe(): Promise<AsyncDisposable | null> {
    try {
      return await channel.subscribe(follower.listener)
    } catch (cause) {
      failed(cause)
      subscription = null
      return null
    }
  }

  return {
    holds(now) {
      if (!closed && subscription === null && (now < triedAt || now - triedAt >= RETRY_MS)) {
        triedAt = now
        subscription = subscribe()
      }
      return follower.upToDate(now) || follower.distrust()
    },
    upToDate: follower.upToDate,
    get asOf() {
      return follower.asOf
    },
    async publish(what) {
      try {
        await channel.publish(what)
      } catch (cause) {
        failed(cause)
      }
    },
    async close() {
      closed = true
      follower.listener.gap()
      const subscribed = await subscription
      try {
        await subscribed?.[Symbol.asyncDispose]()
      } catch (cause) {
        failed(cause)
      }
      follower.listener.gap()
    },
  }
}

function follow(invalidations: Invalidations, leaseMs: number, failed: (cause: unknown) => void) {
  let live = false
  let asOf = Number.NEGATIVE_INFINITY
  const distrust = () => invalidations.add({ kind: 'all' })
  const listener: ChannelListener = {
    message(what) {
      try {
        invalidations.add(validInvalidation(what))
      } catch (cause) {
        // An unreadable message may have been any invalidation.
        failed(cause)
        listener.gap()
      }
    },
    caughtUp(sentAt) {
      if (!live) distrust()
      live = true
      asOf = sentAt
    },
    gap() {
      live = false
      distrust()
    },
  }
  return {
    listener,
    get asOf() {
      return asOf
    },
    upToDate: (now: number) => live && (asOf === Number.POSITIVE_INFINITY || (now >= asOf && now - asOf <= leaseMs)),
    /** Invalidates the cache once for each time that the lease runs out. */
    distrust(): false {
      if (live) listener.gap()
      return false
    },
  }
}

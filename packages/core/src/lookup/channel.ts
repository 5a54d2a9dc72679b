import type { Invalidation } from './invalidation.ts'

/** What a node does with what a channel brings. */
export interface ChannelListener {
  message(what: Invalidation): void
  /**
   * Everything published before `asOf` has arrived. `asOf` is the instant, on this node's clock in epoch milliseconds,
   * at which this node sent the ping that came back; `Infinity` where nothing can get lost.
   */
  caughtUp(asOf: number): void
  /** Something may have been lost: a connection broke, a buffer ran over. */
  gap(): void
}

/** The state of a channel on this node. */
export interface ChannelHealth {
  readonly connected: boolean
  /** How long the last echo took, or the last read, in milliseconds; `null` without a connection. */
  readonly echoMs: number | null
  /** The fast channel, where there are two. */
  readonly fast?: ChannelHealth | null
}

/** Carries invalidations between the nodes that serve one API. A node also receives its own messages. */
export interface InvalidationChannel {
  /** Resolves when the message is on its way to every connected node. */
  publish(what: Invalidation): Promise<void>
  /**
   * For channels whose messages a store writes in the transaction of the change: brings a change that is committed to
   * the verifiers of this process at once. Such channels do not publish it a second time.
   */
  readonly deliver?: (what: Invalidation) => void | Promise<void>
  subscribe(listener: ChannelListener): Promise<AsyncDisposable>
  readonly health?: ChannelHealth
}

/**
 * A channel for verifiers of one process: a message has arrived when `publish` returns.
 *
 * @example
 * ```ts
 * import { createVerifier, inProcessChannel, tokenFormat } from '@patkit/core'
 *
 * const options = { format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => null, channel: inProcessChannel() }
 * const [one, other] = [createVerifier(options), createVerifier(options)]
 * // Also refused by `other` from now on.
 * await one.invalidate({ kind: 'token', id: 'token-1', minVersion: null })
 * await other.close()
 * ```
 */
export function inProcessChannel(): InvalidationChannel {
  const listeners = new Set<ChannelListener>()
  return Object.freeze({
    async publish(what: Invalidation) {
      for (const listener of listeners) listener.message(what)
    },
    async subscribe(listener: ChannelListener) {
      listeners.add(listener)
      listener.caughtUp(Number.POSITIVE_INFINITY)
      return { [Symbol.asyncDispose]: async () => void listeners.delete(listener) }
    },
  })
}

import { notify, unref } from '../async.ts'
import type { ChannelListener, InvalidationChannel } from './channel.ts'
import type { Invalidation } from './invalidation.ts'

export interface BackstopOptions {
  /** Brings most messages, at once. It may lose some. */
  readonly fast: InvalidationChannel
  /** Brings every message. It alone decides whether a node is up to date. */
  readonly complete: InvalidationChannel
  /** Called when a subscription of the fast channel fails, which is tried again. */
  readonly onError: (cause: unknown) => void
}

/** How long after a subscription that failed the next one is tried. */
const RETRY_MS = 5_000

/**
 * Two channels as one: messages come from both, and a node trusts its cache as long as the complete one works. A message
 * that the fast one loses arrives when the complete one brings it.
 *
 * @example
 * ```ts
 * import { inProcessChannel } from '@patkit/core'
 * import { channelWithBackstop } from '@patkit/core/adapter'
 *
 * const channel = channelWithBackstop({ fast: inProcessChannel(), complete: inProcessChannel(), onError: console.error })
 * await channel.publish({ kind: 'all' })
 * ```
 */
export function channelWithBackstop({ fast, complete, onError }: BackstopOptions): InvalidationChannel {
  const { deliver } = complete
  return Object.freeze({
    ...(deliver !== undefined && {
      /** Where the fast one needs a message of its own, it gets it. */
      async deliver(what: Invalidation) {
        deliver(what)
        await (fast.deliver ?? fast.publish)(what)
      },
    }),
    async publish(what: Invalidation) {
      await Promise.all([complete.publish(what), fast.publish(what)])
    },
    async subscribe(listener: ChannelListener) {
      const subscription = await complete.subscribe(listener)
      const fastSubscription = keepSubscribed(fast, listener, onError)
      return {
        async [Symbol.asyncDispose]() {
          await Promise.all([subscription[Symbol.asyncDispose](), fastSubscription.stop()])
        },
      }
    },
    get health() {
      return { ...(complete.health ?? { connected: true, echoMs: null }), fast: fast.health ?? null }
    },
  })
}

function keepSubscribed(
  channel: InvalidationChannel,
  { message }: ChannelListener,
  onError: (cause: unknown) => void,
): { stop(): Promise<void> } {
  const listener: ChannelListener = { message, caughtUp: () => {}, gap: () => {} }
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | null = null
  let attempt = subscribe()

  async function subscribe(): Promise<AsyncDisposable | null> {
    try {
      return await channel.subscribe(listener)
    } catch (cause) {
      notify(
        () => onError(cause),
        () => {},
      )
      if (!stopped) timer = unref(setTimeout(again, RETRY_MS))
      return null
    }
  }

  function again(): void {
    attempt = subscribe()
  }

  return {
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await (await attempt)?.[Symbol.asyncDispose]()
    },
  }
}

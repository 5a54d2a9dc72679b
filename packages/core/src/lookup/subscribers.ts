import type { ChannelListener } from './channel.ts'
import type { Invalidation } from './invalidation.ts'

/** The verifiers of this process that follow a channel. */
export interface Subscribers {
  deliver(what: Invalidation): void
  /** @param stop called when the subscription ends */
  add(listener: ChannelListener, stop: () => void): AsyncDisposable
}

export function createSubscribers(): Subscribers {
  const listeners = new Set<ChannelListener>()
  return {
    deliver(what) {
      for (const listener of listeners) listener.message(what)
    },
    add(listener, stop) {
      listeners.add(listener)
      return {
        async [Symbol.asyncDispose]() {
          listeners.delete(listener)
          stop()
        },
      }
    },
  }
}

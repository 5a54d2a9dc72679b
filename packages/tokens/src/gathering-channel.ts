import { type InvalidationChannel, inProcessChannel } from '@patkit/core'
import type { Invalidation } from '@patkit/core/adapter'

/** A channel that keeps what is published until it is taken. */
export function gatheringChannel(): {
  readonly channel: InvalidationChannel
  /** What was published since it was last taken. */
  take(): readonly Invalidation[]
} {
  let gathered: Invalidation[] = []
  return {
    channel: {
      ...inProcessChannel(),
      async publish(what) {
        gathered.push(what)
      },
    },
    take() {
      const taken = gathered
      gathered = []
      return taken
    },
  }
}

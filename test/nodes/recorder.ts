import type { InvalidationChannel } from '@patkit/core'
import type { ChannelListener, Invalidation } from '@patkit/core/adapter'

/** What a channel has brought to one subscriber. */
export interface Recorder extends ChannelListener, AsyncDisposable {
  readonly messages: readonly Invalidation[]
  readonly gaps: number
  readonly asOf: number
  /** Resolves when the condition holds. */
  until(condition: (recorder: Recorder) => boolean): Promise<void>
  /** Resolves with the next instant up to which all messages have arrived. */
  nextCatchUp(): Promise<number>
}

/** Subscribes to a channel. */
export async function record(channel: InvalidationChannel): Promise<Recorder> {
  const messages: Invalidation[] = []
  const waiting = new Set<() => void>()
  let gaps = 0
  let asOf = Number.NEGATIVE_INFINITY
  let catchUps = 0
  const happened = () => {
    for (const check of waiting) check()
  }
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  let subscription: AsyncDisposable | null = null
  const recorder: Recorder = {
    messages,
    get gaps() {
      return gaps
    },
    get asOf() {
      return asOf
    },
    message(what) {
      messages.push(what)
      happened()
    },
    caughtUp(at) {
      asOf = at
      catchUps++
      happened()
    },
    gap() {
      gaps++
      happened()
    },
    until: (condition) => until(() => condition(recorder)),
    async nextCatchUp() {
      const before = catchUps
      await until(() => catchUps > before)
      return asOf
    },
    [Symbol.asyncDispose]: async () => subscription?.[Symbol.asyncDispose](),
  }
  subscription = await channel.subscribe(recorder)
  return recorder
}

/** Whether a message for this token has arrived. */
export function hasHeardOf(id: string): (recorder: Recorder) => boolean {
  return ({ messages }) => messages.some((what) => what.kind === 'token' && what.id === id)
}

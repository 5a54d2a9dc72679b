import type { Announcement, World } from './world.ts'

/** Work of a server that has not gone on yet. Both return what happened, as a text. */
export interface Waiting {
  run(): string
  /** `null` for what cannot fail. */
  readonly fail: (() => string) | null
}

/** What lies under the real channels of the nodes: a server that passes messages on, or a log that is read. */
export interface Wire {
  readonly waiting: readonly Waiting[]
  /** What can break now. */
  readonly breaks: readonly (() => string)[]
  /** From now on everything goes on at once. */
  heal(): void
}

export interface Backlog extends Pick<Wire, 'waiting' | 'heal'> {
  /** Mostly, work goes on in the moment after it was asked for; else with a step, or after a while. */
  add(run: () => string, fail?: () => string): void
}

export function createBacklog({ plan, random, note, soon }: World): Backlog {
  const waiting = new Set<Waiting>()
  let healthy = false

  function goOn(work: Waiting): void {
    const text = work.run()
    note(() => `  ${text}`)
  }

  return {
    get waiting() {
      return [...waiting]
    },
    add(run, fail) {
      const done = (happen: () => string) => () => {
        waiting.delete(work)
        return happen()
      }
      const work: Waiting = { run: done(run), fail: fail === undefined ? null : done(fail) }
      if (healthy || random.chance(plan.haste)) return soon(() => goOn(work))
      waiting.add(work)
      const delays = [20, plan.leaseMs / 4, plan.leaseMs / 2, 2 * plan.leaseMs]
      setTimeout(() => void (waiting.has(work) && goOn(work)), random.pick(delays))
    },
    heal() {
      healthy = true
      for (const work of waiting) soon(() => goOn(work))
    },
  }
}

/** The channel has taken a message: from now on it counts. */
export function taken(announcement: Announcement | undefined, { tick, timeline }: World): void {
  if (announcement !== undefined) Object.assign(announcement, { sent: true, seq: tick(), at: timeline.now })
}

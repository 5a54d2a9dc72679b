import type { Invalidation } from '@patkit/core/adapter'
import type { InvalidationLog, LoggedInvalidation } from '@patkit/sql'
import { announcementOf } from './link.ts'
import { createBacklog, taken, type Wire } from './wire.ts'
import type { World } from './world.ts'

/** A log of invalidations, whose transactions commit in another order than that of their numbers. */
export interface Log extends Wire {
  readonly invalidations: InvalidationLog
}

export function createLog(world: World): Log {
  const { plan, random, timeline } = world
  const backlog = createBacklog(world)
  const skewMs = random.below(2 * plan.skewMs + 1) - plan.skewMs
  /** The clock of the database. */
  const clock = () => timeline.now + skewMs
  let rows: readonly LoggedInvalidation[] = []
  let number = 0

  function append(what: Invalidation): Promise<void> {
    const row = { number: ++number, at: clock(), what }
    const begunAt = timeline.now
    return new Promise((resolve, reject) => {
      const run = () => {
        rows = [...rows, row].toSorted((a, b) => a.number - b.number)
        // A transaction that was open for longer is beyond the bound.
        if (timeline.now - begunAt <= plan.overlapMs) taken(announcementOf(what, world), world)
        resolve()
        return `row ${row.number} is committed: ${JSON.stringify(what)}`
      }
      const fail = () => {
        reject(new Error('rolled back'))
        return `row ${row.number} is rolled back`
      }
      backlog.add(run, fail)
    })
  }

  /** Reads the rows as they are at some instant between the question and the answer. */
  function read<T>(of: (seen: readonly LoggedInvalidation[]) => T): Promise<T> {
    const asked = of(rows)
    return new Promise((resolve, reject) => {
      const run = () => {
        resolve(random.chance(0.5) ? asked : of(rows))
        return 'a read of the log is answered'
      }
      const fail = () => {
        reject(new Error('database unreachable'))
        return 'a read of the log fails'
      }
      backlog.add(run, fail)
    })
  }

  return {
    invalidations: {
      notifications: null,
      append,
      notify: async () => {},
      isStandby: async () => false,
      olderThan: (ageMs) => read((seen) => seen.findLast(({ at }) => at < clock() - ageMs) ?? null),
      from: (first, limit) => read((seen) => seen.filter((row) => row.number >= first).slice(0, limit)),
    },
    get waiting() {
      return backlog.waiting
    },
    breaks: [],
    heal: backlog.heal,
  }
}

import type { Invalidation } from '@patkit/core/adapter'
import { drawPlan, type Plan, type Scene } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import { settled } from './settled.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { createTruth, type Truth } from './truth.ts'

/** A requested invalidation. */
export interface Announcement {
  readonly what: Invalidation
  readonly by: string
  /** When it was requested, and then when the channel took it. */
  seq: number
  at: number
  /** Whether the channel took the message. */
  sent: boolean
  /** The nodes it has reached. */
  readonly heardBy: Set<string>
}

interface Instant {
  readonly seq: number
  readonly at: number
}

/** What all parts of one walk share. */
export interface World {
  readonly plan: Plan
  readonly random: Random
  readonly timeline: Timeline
  readonly truth: Truth
  readonly announcements: Announcement[]
  /** The order of events. Time alone does not tell it: many happen in one millisecond. */
  readonly seq: number
  /** How often everything that waited for a promise has gone on. */
  readonly turn: number
  /** When the event loop turned the last time but one. */
  readonly turnedBefore: Instant
  /** Lets the event loop turn, and do what waited for that. */
  turnLoop(): void
  /** Lets everything that waits for a promise go on, and then each work of `soon`. */
  settle(): Promise<void>
  /** Does work on its own: what an answer was decided by is not mixed with a message that comes after it. */
  soon(work: () => void): void
  /** Numbers an event. */
  tick(): number
  /** Writes a line of the walk, if it is printed. */
  note(line: () => string): void
  count(what: string): void
  /** From here on nothing is counted: it is the same in every walk. */
  finish(): void
}

export interface Records {
  /** Lines of the walk; `null` if they are not printed. */
  readonly lines: string[] | null
  readonly counts: Map<string, number>
}

const START = 1_000_000
/** Far from every seed on record. */
const CLOCKS = 1_000_000_000
const nothing = () => {}

export function createWorld(seed: number, scene: Scene, { lines, counts }: Records): World {
  const random = createRandom(seed)
  const plan = drawPlan(random, scene, createRandom(seed + CLOCKS))
  const timeline = createTimeline(START)
  let seq = 0
  let turn = 0
  let counting = true
  const works: (() => void)[] = []
  let turned: Instant = { seq: 0, at: START }
  let turnedBefore = turned
  return {
    plan,
    random,
    timeline,
    truth: createTruth(plan, START),
    announcements: [],
    get seq() {
      return seq
    },
    get turn() {
      return turn
    },
    get turnedBefore() {
      return turnedBefore
    },
    turnLoop() {
      turnedBefore = turned
      turned = { seq, at: timeline.now }
      timeline.runTurn()
    },
    async settle() {
      for (let work: (() => void) | undefined = nothing; work !== undefined; work = works.shift()) {
        work()
        await settled()
        turn++
      }
    },
    soon: (work) => void works.push(work),
    tick: () => ++seq,
    note(line) {
      lines?.push(`${String(seq).padStart(4)}  ${timeline.now} ms  ${line()}`)
    },
    count(what) {
      if (counting) counts.set(what, (counts.get(what) ?? 0) + 1)
    },
    finish() {
      counting = false
    },
  }
}

import { progress } from './flags.ts'
import { middle, rounded } from './statistics.ts'

/** One of several things whose times are compared. */
export interface Runner {
  readonly name: string
  /** Does it `count` times, one after the other. */
  readonly block: (count: number) => Promise<void>
}

export interface Timing {
  readonly name: string
  /** Microseconds of processor time each, one for each round. */
  readonly times: readonly number[]
  /** Multiples of the first runner in the same round. */
  readonly ratios: readonly number[]
}

export interface Rounds {
  readonly rounds: number
  /** How long one runner's turn is. */
  readonly blockMs: number
  /** Without lines about its progress. */
  readonly isSilent?: boolean
}

const FIRST_COUNT = 8

/**
 * Runners take turns in one process, in a new random order in every round, so that other load on the machine slows
 * all of them. Each is compared with the first one of the same round.
 */
export async function interleave(
  runners: readonly Runner[],
  { rounds, blockMs, isSilent = false }: Rounds,
): Promise<Timing[]> {
  const turns = []
  for (const runner of runners)
    turns.push({ ...runner, count: await warmCount(runner, blockMs), times: [] as number[] })
  for (let round = 0; round < rounds; round++) {
    for (const { block, count, times } of shuffled(turns)) times.push(((await timed(block, count)) * 1_000) / count)
    if (!isSilent && (round + 1) % Math.ceil(rounds / 4) === 0) progress(`round ${round + 1} of ${rounds}`)
  }
  const first = turns[0]?.times ?? []
  return turns.map(({ name, times }) => ({
    name,
    times,
    ratios: times.map((time, round) => time / (first[round] as number)),
  }))
}

/** A runner of a function, whose promise is awaited where it returns one. */
export function runnerOf(name: string, run: () => unknown): Runner {
  const block = async (count: number) => {
    for (let index = 0; index < count; index++) {
      const result = run()
      if (result instanceof Promise) await result
    }
  }
  return { name, block }
}

/**
 * The columns of a timing. The minima of both are compared, as a quiet machine would show them: the least of the
 * ratios is that of a round in which the other one was disturbed.
 */
export function timingRow({ name, times, ratios }: Timing, first: Timing) {
  return {
    case: name,
    'µs, median': rounded(middle(times)),
    'µs, minimum': rounded(Math.min(...times)),
    '×, median': rounded(middle(ratios)),
    '×, of minima': rounded(Math.min(...times) / Math.min(...first.times)),
  }
}

/** Runs until the code is optimised, and finds how often it runs in a block. */
async function warmCount({ block }: Runner, blockMs: number): Promise<number> {
  let count = FIRST_COUNT
  let spent = 0
  for (let taken = 0; taken < blockMs / 2 || spent < 20 * blockMs; spent += taken) {
    taken = await timed(block, count)
    count = taken < blockMs / 2 ? count * 2 : Math.max(1, Math.round((count * blockMs) / taken))
  }
  return count
}

/** Milliseconds of processor time, on which other programs of a busy machine have little influence. */
async function timed(block: Runner['block'], count: number): Promise<number> {
  const begun = process.cpuUsage()
  await block(count)
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1_000
}

function shuffled<T>(values: readonly T[]): T[] {
  const left = [...values]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(Math.random() * left.length), 1))
  return order
}

import type { ChannelListener, Invalidation } from '@patkit/core/adapter'
import { type InvalidationLog, type LoggedInvalidation, pollingChannel } from '@patkit/sql'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRandom, type Random } from '../simulator/random.ts'
import { deferred } from './deferred.ts'

const SEEDS = 400
const STEPS = 60
const INTERVAL_MS = 500
const OVERLAP_SECONDS = 10
/** Transactions end with a step. */
const LONGEST_STEP_MS = 3_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface OpenTransaction {
  readonly row: LoggedInvalidation
  readonly until: number
}

/** A log whose transactions draw numbers and commit in any order, on a database that is away now and then. */
function createDatabase(random: Random, longestMs: number) {
  let number = 0
  let rows: LoggedInvalidation[] = []
  let open: OpenTransaction[] = []
  const state = { away: false }
  const committed = new Map<string, number>()

  function commit({ row }: OpenTransaction): void {
    rows = [...rows, row].toSorted((a, b) => a.number - b.number)
    committed.set((row.what as { id: string }).id, Date.now())
  }

  const log: InvalidationLog = {
    notifications: null,
    append: async () => {},
    notify: async () => {},
    isStandby: async () => false,
    async olderThan(ageMs) {
      if (state.away) throw new Error('away')
      return rows.findLast(({ at }) => at < Date.now() - ageMs) ?? null
    },
    async from(first, limit) {
      if (state.away) throw new Error('away')
      return rows.filter((row) => row.number >= first).slice(0, limit)
    },
  }
  return {
    log,
    state,
    committed,
    begin() {
      number++
      const what: Invalidation = { kind: 'token', id: `t${number}`, minVersion: 1 }
      const until = Date.now() + random.below(longestMs)
      open.push({ row: { number, at: Date.now(), what }, until })
    },
    /** Ends the transactions whose time has come; one in five is rolled back. */
    endDue() {
      const due = open.filter(({ until }) => until <= Date.now())
      open = open.filter(({ until }) => until > Date.now())
      for (const transaction of due) if (!random.chance(0.2)) commit(transaction)
    },
  }
}

/** Walks a seed. @returns the first broken promise, or `null` */
async function walk(seed: number, longestMs: number): Promise<string | null> {
  const random = createRandom(seed)
  const database = createDatabase(random, longestMs)
  const heard = new Map<string, number>()
  let broken: string | null = null
  const listener: ChannelListener = {
    message: (what) => {
      const { id } = what as { id: string }
      heard.set(id, (heard.get(id) ?? 0) + 1)
    },
    gap: () => {
      broken ??= `seed ${seed}: a gap, although the log is the same`
    },
    caughtUp(asOf) {
      for (const [id, at] of database.committed) {
        const missed = at < asOf && !heard.has(id)
        if (missed) broken ??= `seed ${seed}: up to date as of ${asOf} without ${id}, committed at ${at}`
      }
      for (const [id, times] of heard) if (times > 1) broken ??= `seed ${seed}: ${id} was brought ${times} times`
    },
  }
  const channel = pollingChannel({
    store: { invalidations: database.log },
    intervalMs: INTERVAL_MS,
    overlapSeconds: OVERLAP_SECONDS,
    onError: () => {},
  })
  const subscription = await channel.subscribe(listener)
  for (let step = 0; step < STEPS && broken === null; step++) {
    if (random.chance(0.6)) database.begin()
    if (random.chance(0.1)) database.state.away = !database.state.away
    database.endDue()
    await vi.advanceTimersByTimeAsync(random.pick([10, 200, 600, LONGEST_STEP_MS]))
  }
  await subscription[Symbol.asyncDispose]()
  return broken
}

async function firstBroken(longestMs: number): Promise<string | null> {
  for (let seed = 0; seed < SEEDS; seed++) {
    const broken = await walk(seed, longestMs)
    if (broken !== null) return broken
  }
  return null
}

test('a node that is up to date as of an instant has every change that was committed before it, once', async () => {
  expect(await firstBroken(OVERLAP_SECONDS * 1_000 - LONGEST_STEP_MS)).toBeNull()
})

test('transactions that stay open for longer than the overlap are beyond the bound', async () => {
  expect(await firstBroken(OVERLAP_SECONDS * 3_000)).toMatch(/^seed \d+: up to date as of \d+ without t\d+/)
})

/** A channel on a log whose first number is that of a transaction which is still open. */
async function pollWithOpenTransaction() {
  const row = (number: number): LoggedInvalidation => ({
    number,
    at: Date.now(),
    what: { kind: 'token', id: `t${number}`, minVersion: 1 },
  })
  const [open, committed] = [row(1), row(2)]
  let rows = [committed]
  const state = { pause: null as Promise<void> | null }
  const log: InvalidationLog = {
    ...createDatabase(createRandom(0), 1).log,
    async from(first, limit) {
      const seen = rows.filter(({ number }) => number >= first).slice(0, limit)
      await state.pause
      return seen
    },
  }
  const heard: Invalidation[] = []
  const options = { store: { invalidations: log }, intervalMs: INTERVAL_MS, overlapSeconds: OVERLAP_SECONDS }
  const subscription = await pollingChannel(options).subscribe({
    message: (what) => heard.push(what),
    caughtUp() {},
    gap() {},
  })
  return {
    state,
    commit() {
      rows = [open, committed]
    },
    async heardCommit(): Promise<boolean> {
      await vi.advanceTimersByTimeAsync(2 * INTERVAL_MS)
      await subscription[Symbol.asyncDispose]()
      return heard.includes(open.what)
    },
  }
}

test('a process that is paused in the middle of a read does not skip a change that was committed meanwhile', async () => {
  const { state, commit, heardCommit } = await pollWithOpenTransaction()
  const { promise, resolve } = deferred()
  state.pause = promise
  await vi.advanceTimersByTimeAsync(INTERVAL_MS)
  commit()
  vi.setSystemTime(Date.now() + OVERLAP_SECONDS * 3_000)
  state.pause = null
  resolve()
  expect(await heardCommit()).toBe(true)
})

test('a clock that is set forward or back between two reads skips no change', async () => {
  for (const sign of [1, -1]) {
    const { commit, heardCommit } = await pollWithOpenTransaction()
    vi.setSystemTime(Date.now() + sign * OVERLAP_SECONDS * 3_000)
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    commit()
    expect([sign, await heardCommit()]).toEqual([sign, true])
  }
})

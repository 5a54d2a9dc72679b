import type { Session } from '../command.ts'
import type { Settings } from '../config/settings.ts'
import { CliError, redacted } from '../errors.ts'
import { withStore } from './database.ts'

/** One thing that was looked at. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'problem' | 'skipped'
  readonly detail: string
}

/** A token that is made and read back, as an API with these settings would. */
export function formatCheck({ format, foreignFormats, pepperIds }: Settings): Check {
  const name = 'format'
  if (format === null) return { name, state: 'skipped', detail: 'neither --prefix nor PATKIT_PREFIX is given' }
  const token = format.mint().reveal()
  if (!format.accepts(token) || !format.check(token)) {
    return { name, state: 'problem', detail: `a token of ${format.name} does not pass its own check` }
  }
  const peppers = pepperIds.length === 0 ? 'no peppers' : `peppers ${pepperIds.join(', ')}`
  const others = foreignFormats.map(({ name: foreign }) => `, also ${foreign}`).join('')
  return { name, state: 'ok', detail: `${format.name}_ and 36 characters, ${peppers}${others}` }
}

interface Seen {
  readonly pendingMigrations: readonly string[]
  /** How far the database's clock is ahead. */
  readonly skewMs: number
  /** Maximum error of the difference: the query takes this long, and reads the clock at an unknown moment within it. */
  readonly doubtMs: number
  readonly tookMs: number
}

/** Ends and last uses are decided by the clocks of programs: they should agree with each other by this much. */
const TOLERANCE_MS = 1_000
const QUESTION_MS = 15_000

/** Whether the database answers, has its tables, and knows the time. */
export async function databaseChecks({ settings, world }: Session): Promise<readonly Check[]> {
  const { database } = settings
  if (database === null) {
    return [{ name: 'database', state: 'skipped', detail: 'neither --db nor PATKIT_DB is given' }]
  }
  try {
    const seen = await withStore(settings, { create: false, answerMs: QUESTION_MS }, async (store) => {
      await store.inspect()
      return look(store, world.clock)
    })
    const detail = `${database.shown} answers in ${Math.round(seen.tookMs)} ms`
    return [{ name: 'database', state: 'ok', detail }, migrationCheck(seen), clockCheck(seen)]
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return [{ name: 'database', state: 'problem', detail: redacted(error.message) }]
  }
}

async function look(
  store: { inspect(): Promise<{ pendingMigrations: readonly string[]; now: Date }> },
  clock: () => number,
): Promise<Seen> {
  const asked = clock()
  const { pendingMigrations, now } = await store.inspect()
  const tookMs = clock() - asked
  return { pendingMigrations, tookMs, doubtMs: tookMs / 2, skewMs: now.getTime() - (asked + tookMs / 2) }
}

function migrationCheck({ pendingMigrations }: Seen): Check {
  const name = 'migrations'
  if (pendingMigrations.length === 0) return { name, state: 'ok', detail: 'no pending migrations' }
  return { name, state: 'problem', detail: `run patkit migrate: ${pendingMigrations.join(', ')}` }
}

function clockCheck({ skewMs, doubtMs }: Seen): Check {
  const name = 'clock'
  const off = Math.round(Math.abs(skewMs))
  const state = off <= TOLERANCE_MS + doubtMs ? 'ok' : 'problem'
  return { name, state, detail: `the database is ${off} ms ${skewMs < 0 ? 'behind' : 'ahead'}` }
}

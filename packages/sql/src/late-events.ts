import { concerns, type Erasure, type LoggedEvent, otherOf } from '@patkit/tokens/store'
import type { Kysely } from 'kysely'
import { batchesOf } from './batches.ts'
import { takeChanges } from './changes.ts'
import type { Engine } from './engine.ts'
import { eraseNext } from './erasures.ts'
import { erasureOf } from './rows.ts'
import type { Schema } from './schema.ts'
import type { Transact } from './transaction.ts'

/** Erases what events that were written after an erasure say of its principal. */
export type EraseLate = (events: readonly LoggedEvent[]) => Promise<void>

/** Events of one transaction. */
const LATE_BATCH = 500

export function createEraseLate(db: Kysely<Schema>, engine: Engine): EraseLate {
  async function naming(ids: readonly string[]): Promise<readonly Erasure[]> {
    const query = db.selectFrom('patkit_erasure').selectAll().where('events', '<>', 'keep')
    return (await query.where('principal_id', 'in', ids).execute()).map(erasureOf)
  }

  return async (events) => {
    const named = events.flatMap((event) => [event.principalId, otherOf(event)])
    const ids = [...new Set(named.filter((id) => id !== null))]
    for (const batch of batchesOf(ids)) {
      for (const erasure of await naming(batch)) {
        if (!events.some((event) => concerns(erasure, event))) continue
        while ((await eraseNext(db, engine, erasure, LATE_BATCH)) > 0);
      }
    }
  }
}

/**
 * Looks for erasures after the commit, so that either they or the writer see the event. A committed change is not
 * reported as failed: `resumeErasures` erases again.
 */
export function erasingAfterCommit(transact: Transact, eraseLate: EraseLate): Transact {
  return async (work) => {
    const { result, events } = await transact(async (trx) => ({ result: await work(trx), events: takeChanges(trx) }))
    await eraseLate(events).catch(() => {})
    return result
  }
}

/** Looks for erasures in the transaction of the application, as a part of the work. */
export function erasingWithin(transact: Transact, eraseLate: EraseLate): Transact {
  return (work) =>
    transact(async (trx) => {
      const result = await work(trx)
      await eraseLate(takeChanges(trx))
      return result
    })
}

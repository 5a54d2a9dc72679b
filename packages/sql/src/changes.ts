import type { ChangeEvent } from '@patkit/tokens/store'
import type { Transaction } from 'kysely'
import { batchesOf } from './batches.ts'
import { changeRow } from './rows.ts'
import type { Schema } from './schema.ts'

type Trx = Transaction<Schema>

/** Events that a transaction has written and that were not taken yet. */
const kept = new WeakMap<Trx, readonly ChangeEvent[]>()

/** Writes change events in the transaction of their changes. */
export async function keepChanges(trx: Trx, events: readonly ChangeEvent[]): Promise<void> {
  for (const batch of batchesOf(events)) await trx.insertInto('patkit_change').values(batch.map(changeRow)).execute()
  kept.set(trx, [...(kept.get(trx) ?? []), ...events])
}

/** The events that a transaction has written since the last call. */
export function takeChanges(trx: Trx): readonly ChangeEvent[] {
  const events = kept.get(trx) ?? []
  kept.delete(trx)
  return events
}

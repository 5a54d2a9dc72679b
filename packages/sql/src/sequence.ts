import type { TokenStore } from '@patkit/tokens/store'
import type { Engine } from './engine.ts'
import type { Transact } from './transaction.ts'

/** Counts in a row of its own, which is locked by writing it and read before another transaction can write. */
export function createNextNumber(transact: Transact, engine: Engine): TokenStore['nextNumber'] {
  const take = (name: string) =>
    transact(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('patkit_sequence')
        .set(({ eb }) => ({ last: eb('last', '+', 1) }))
        .where('name', '=', name)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) {
        await trx.insertInto('patkit_sequence').values({ name, last: 1 }).execute()
        return 1
      }
      const { last } = await trx
        .selectFrom('patkit_sequence')
        .select('last')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      return Number(last)
    })

  return async (sequence) => {
    try {
      return await take(sequence)
    } catch (error) {
      // Another caller has counted first: now the row exists.
      if (!engine.isDuplicate(error)) throw error
      return take(sequence)
    }
  }
}

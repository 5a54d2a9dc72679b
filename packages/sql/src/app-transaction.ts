import { type Kysely, sql, type Transaction } from 'kysely'
import type { AppTransaction, Schema } from './schema.ts'
import type { Transact } from './transaction.ts'

/** The end of the last work that was begun in a transaction: savepoints must not interleave. */
const busy = new WeakMap<AppTransaction, Promise<unknown>>()

/** @throws TypeError unless it is a transaction of the store's database */
export function requireOwnTransaction(db: Kysely<Schema>, transaction: AppTransaction, isGiven: boolean): void {
  if (!isGiven) throw new TypeError('patkit: transactions need sqlStore({ db }), with the Kysely instance they are of')
  if (transaction?.isTransaction !== true) throw new TypeError('patkit: must be a transaction of Kysely')
  // Kysely makes one adapter for each instance, which its transactions share.
  if (transaction.getExecutor().adapter !== db.getExecutor().adapter) {
    throw new TypeError('patkit: the transaction is of another Kysely instance than the "db" of the store')
  }
}

/** Does all of the work or nothing, once, and leaves the rest of the application's transaction as it is. */
export function transactWithin(transaction: AppTransaction, trx: Transaction<Schema>): Transact {
  return (work) => {
    const before = busy.get(transaction) ?? Promise.resolve()
    const done = before.then(() => atSavepoint(trx, () => work(trx)))
    busy.set(
      transaction,
      done.catch(() => {}),
    )
    return done
  }
}

async function atSavepoint<T>(trx: Transaction<Schema>, work: () => Promise<T>): Promise<T> {
  await sql`savepoint patkit`.execute(trx)
  try {
    const result = await work()
    await sql`release savepoint patkit`.execute(trx)
    return result
  } catch (error) {
    // Fails where the server has undone the whole transaction, as for a deadlock: the first error is the one to report.
    await sql`rollback to savepoint patkit`.execute(trx).catch(() => {})
    throw error
  }
}

/** Whether statements can still be sent in it. */
export function isOpen(transaction: AppTransaction): Promise<boolean> {
  return sql`select 1`.execute(transaction).then(
    () => true,
    () => false,
  )
}

import { setTimeout as wait } from 'node:timers/promises'
import type { Dialect, Driver, Kysely, Transaction } from 'kysely'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'

export type Work<T> = (trx: Transaction<Schema>) => Promise<T>
/** Does all of the work or nothing, again where it met a deadlock. */
export type Transact = <T>(work: Work<T>) => Promise<T>

/** Rolls back, and returns a value instead of an error. */
export class Undone<T> extends Error {
  override readonly name = 'Undone'
  readonly outcome: T

  constructor(outcome: T) {
    super('the transaction was undone')
    this.outcome = outcome
  }
}

const MOST_ATTEMPTS = 20
const BACKOFF_MS = 5

export function createTransact(db: Kysely<Schema>, engine: Engine): Transact {
  return (work) => retrying(engine, () => reportingWork(db, work))
}

/** A rollback that fails, too, must not hide what the work failed with: the driver may be the application's. */
async function reportingWork<T>(db: Kysely<Schema>, work: Work<T>): Promise<T> {
  let failure: { readonly error: unknown } | null = null
  const reported: Work<T> = async (trx) => {
    try {
      return await work(trx)
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  try {
    return await db.transaction().execute(reported)
  } catch (error) {
    throw failure === null ? error : (failure as { readonly error: unknown }).error
  }
}

/** Runs a statement that is atomic by itself, again after a deadlock. */
export async function retrying<T>({ isRetryable }: Engine, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !isRetryable(error)) throw error
      await wait(attempt * BACKOFF_MS)
    }
  }
}

/**
 * A dialect that rolls back without an error of its own. Where a statement or a commit fails, the database may have
 * rolled back already (SQLite with a full disk) or be gone: that first error is the one to report.
 */
export function reportingFirstError(dialect: Dialect): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => withQuietRollback(dialect.createDriver()),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  }
}

function withQuietRollback(driver: Driver): Driver {
  return {
    init: (...args) => driver.init(...args),
    acquireConnection: (...args) => driver.acquireConnection(...args),
    beginTransaction: (...args) => driver.beginTransaction(...args),
    commitTransaction: (...args) => driver.commitTransaction(...args),
    rollbackTransaction: (...args) => driver.rollbackTransaction(...args).catch(() => {}),
    releaseConnection: (...args) => driver.releaseConnection(...args),
    destroy: (...args) => driver.destroy(...args),
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'

export type Work<T> = (trx: Transaction<Schema>) => Promise<T>
/** Does all of the work or nothing, again where it met a deadlock. */
export type Transact = <T>(work: Work<T>) => Promise<T>

/** Undoes what was done, and answers with a value instead of an error. */
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
  return (work) => retrying(engine, () => db.transaction().execute(work))
}

/** Does what is atomic by itself, again where it met a deadlock. */
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

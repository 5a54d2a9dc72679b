import { within } from '@patkit/core/adapter'
import type { Kysely } from 'kysely'
import type { Engine } from '../engine.ts'
import type { Schema } from '../schema.ts'

/**
 * How connections reach the server: `session` for direct ones and poolers that keep a connection for its client,
 * `transaction` for poolers that hand it on after each transaction.
 */
export type Pooling = 'session' | 'transaction'

/** How long a second connection is waited for: a pool of one has none. */
const SECOND_CONNECTION_MS = 1_000

/**
 * Asks twice on one connection which connection of the server answers, with a transaction on another connection
 * meanwhile. A pooler of transactions gives that one the connection that has just become free.
 *
 * @returns `null` where the engine does not say, and for a pool of one connection
 */
export async function poolingOf(db: Kysely<Schema>, { connectionId }: Engine): Promise<Pooling | null> {
  if (connectionId === null) return null
  const idOn = async (on: Kysely<Schema>) => Number((await connectionId.execute(on)).rows[0]?.id)
  return db.connection().execute(async (connection) => {
    const before = await idOn(connection)
    const asked = await whileOccupied(db, idOn, () => idOn(connection))
    if (asked === null) return null
    return asked === before ? 'session' : 'transaction'
  })
}

/** @returns `null` where no other connection is free */
async function whileOccupied(
  db: Kysely<Schema>,
  occupy: (on: Kysely<Schema>) => Promise<unknown>,
  work: () => Promise<number>,
): Promise<number | null> {
  let given = false
  const occupied = db.transaction().execute(async (trx) => {
    if (given) return null
    await occupy(trx)
    return work()
  })
  occupied.catch(() => {})
  try {
    return await within(SECOND_CONNECTION_MS, () => occupied, tooFew)
  } catch (cause) {
    given = true
    if (cause === TOO_FEW) return null
    throw cause
  }
}

const TOO_FEW = new Error('no second connection is free')

function tooFew(): Error {
  return TOO_FEW
}

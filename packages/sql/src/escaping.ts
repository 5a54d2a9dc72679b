import type { Kysely } from 'kysely'
import type { Engine } from './engine.ts'

const UNSAFE = 'NO_BACKSLASH_ESCAPES'

/**
 * Asks on a connection of the pool whether the server reads values as the driver writes them: mysql2 puts them into the
 * statement itself, a backslash before each quote, and a server in this mode takes that quote for the end of the value.
 *
 * @throws Error that names the mode
 */
export async function requireSafeEscaping<S>(db: Kysely<S>, { sqlMode }: Engine): Promise<void> {
  if (sqlMode === null) return
  const { rows } = await sqlMode.execute(db)
  if (!rows.some(({ mode }) => mode.split(',').includes(UNSAFE))) return
  throw new Error(
    `sql_mode has ${UNSAFE}, and the driver escapes with backslashes: any text of a client could become SQL. Take it out of sql_mode`,
  )
}

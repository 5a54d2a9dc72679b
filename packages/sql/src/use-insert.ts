import type { AuditEvent } from '@patkit/core'
import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { useRow } from './rows.ts'
import type { Schema, UseRow } from './schema.ts'

/** Writes a batch in one statement, so that all of it is there or nothing. */
export type InsertUses = (on: Kysely<Schema>, events: readonly AuditEvent[]) => Promise<void>

/** Events of one statement, within the parameters that every engine takes. */
export const LARGEST_INSERT = 512

const COLUMNS = {
  at: 'bigint',
  id: 'text',
  kind: 'text',
  outcome: 'text',
  token_id: 'text',
  principal_id: 'text',
  organization_id: 'text',
  user_id: 'text',
  client_ip: 'text',
  required_scopes: 'text',
  missing_scopes: 'text',
  request_id: 'text',
  method: 'text',
  path: 'text',
  route: 'text',
  user_agent: 'text',
  count: 'bigint',
  withdraws: 'text',
} as const satisfies Record<keyof UseRow, 'text' | 'bigint'>
const NAMES = Object.keys(COLUMNS) as readonly (keyof UseRow)[]

/** Events that are there already stay as they are. */
export function createInsertUses(db: Kysely<Schema>, engine: Engine): InsertUses {
  return engine.takesArrays ? insertArrays(db, engine) : insertRows(db, engine)
}

/** An array a column: one statement for any number of events, which takes two thirds of the time of many rows. */
function insertArrays(db: Kysely<Schema>, engine: Engine): InsertUses {
  const arrays = sql.join(NAMES.map((name) => sql`${[]}::${sql.raw(COLUMNS[name])}[]`))
  const statement = insertion(sql`select * from unnest(${arrays})`, engine).compile(db)
  return async (on, events) => {
    if (events.length === 0) return
    const rows = events.map(useRow)
    await on.executeQuery({ ...statement, parameters: NAMES.map((name) => rows.map((row) => row[name])) })
  }
}

/** Compiled once for each power of two; what a batch lacks is filled with its last event, which is there by then. */
function insertRows(db: Kysely<Schema>, engine: Engine): InsertUses {
  const compiled = new Map<number, CompiledQuery>()

  function statement(size: number): CompiledQuery {
    const known = compiled.get(size)
    if (known !== undefined) return known
    const row = sql`(${sql.join(NAMES.map(() => null))})`
    const query = insertion(sql`values ${sql.join(Array.from({ length: size }, () => row))}`, engine).compile(db)
    compiled.set(size, query)
    return query
  }

  return async (on, events) => {
    const rows = events.map(useRow)
    const last = rows.at(-1)
    if (last === undefined) return
    const size = 2 ** Math.ceil(Math.log2(rows.length))
    while (rows.length < size) rows.push(last)
    const parameters = rows.flatMap((row) => NAMES.map((name) => row[name]))
    await on.executeQuery({ ...statement(size), parameters })
  }
}

function insertion(rows: RawBuilder<unknown>, { keepFirst }: Engine): RawBuilder<unknown> {
  const columns = sql.join(NAMES.map((name) => sql.ref(name)))
  return sql`insert into ${sql.table('patkit_use')} (${columns}) ${rows} ${keepFirst('id')}`
}

import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Integer } from './schema.ts'
import { placedName, type TablePlace } from './table-place.ts'

/** The uses of PostgreSQL by month, for logs whose old months are dropped whole. */
export interface UsePartitions {
  /**
   * Splits the table. What it holds so far is one partition, up to the start of the month after its last event. Changes
   * nothing where the table is split. Needs a transaction.
   */
  begin(trx: Kysely<unknown>): Promise<void>
  /** Makes the partitions of this month and the coming ones that are missing. Nothing where the table is not split. */
  ensure(now: Date): Promise<void>
  /** Drops the partitions that end at an instant or before. @returns how many events they had */
  dropBefore(before: Date): Promise<number>
}

/** Months that are made ahead: a program that prunes once in this time keeps up. */
const MONTHS_AHEAD = 3
/** Dropping a partition waits for the readers of the log, and all writers wait behind it. */
const LOCK_WAIT = '2s'
const LOCK_NOT_AVAILABLE = '55P03'
/** A table of this name exists, or is being made. */
const MADE: ReadonlySet<unknown> = new Set(['42P07', '23505'])

interface Table {
  readonly schema: string
  readonly isSplit: boolean
}

interface Partition {
  readonly name: string
  /** The instant before which its events are; `null` for the one of all other events. */
  readonly until: number | null
}

export function createUsePartitions(db: Kysely<unknown>, place: TablePlace): UsePartitions {
  const named = (rest: string) => placedName(`patkit_use${rest}`, place)

  async function find(on: Kysely<unknown>): Promise<Table | null> {
    const { rows } = await sql<Table>`
      select n.nspname as schema, c.relkind = 'p' as ${sql.ref('isSplit')}
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = ${named('')} and n.nspname = coalesce(${place.schema}::text, current_schema())`.execute(on)
    return rows[0] ?? null
  }

  async function partitions({ schema }: Table): Promise<readonly Partition[]> {
    const { rows } = await sql<{ readonly name: string; readonly bound: string }>`
      select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
      from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
      where i.inhparent = (${`${quoted(schema)}.${quoted(named(''))}`}::regclass)`.execute(db)
    return rows.map(({ name, bound }) => ({ name, until: untilOf(bound) }))
  }

  async function add(trx: Kysely<unknown>, schema: string, from: number): Promise<void> {
    const until = monthAfter(from)
    const month = sql.id(schema, named(`_${new Date(from).toISOString().slice(0, 7).replace('-', '_')}`))
    const [all, others] = [sql.id(schema, named('')), sql.id(schema, named('_default'))]
    await sql`create table ${month} (like ${all} including all)`.execute(trx)
    // Events that came before their month was made.
    await sql`
      with moved as (delete from ${others} where at >= ${from} and at < ${until} returning *)
      insert into ${month} select * from moved`.execute(trx)
    await sql`alter table ${all} attach partition ${month} for values from (${sql.lit(from)}) to (${sql.lit(until)})`.execute(
      trx,
    )
  }

  return {
    async begin(trx) {
      const table = await find(trx)
      if (table === null || table.isSplit) return
      const at = (name: string) => sql.id(table.schema, name)
      await sql`lock table ${at(named(''))} in access exclusive mode`.execute(trx)
      const indexes = await renamedIndexes(trx, table.schema, named(''))
      await sql`alter table ${at(named(''))} rename to ${sql.id(named('_before'))}`.execute(trx)
      await sql`create table ${at(named(''))} (like ${at(named('_before'))} including defaults) partition by range (at)`.execute(
        trx,
      )
      for (const index of indexes) await index.execute(trx)
      await sql`create table ${at(named('_default'))} partition of ${at(named(''))} default`.execute(trx)
      const { rows } = await sql<{ readonly last: Integer | null }>`
        select max(at) as last from ${at(named('_before'))}`.execute(trx)
      const bound = monthAfter(Math.max(Number(rows[0]?.last ?? 0), Date.now()))
      await sql`
        alter table ${at(named(''))} attach partition ${at(named('_before'))}
        for values from (minvalue) to (${sql.lit(bound)})`.execute(trx)
    },

    async ensure(now) {
      const table = await find(db)
      if (table === null || !table.isSplit) return
      const bounds = (await partitions(table)).flatMap(({ until }) => until ?? [])
      const last = monthsAfter(now.getTime(), MONTHS_AHEAD)
      const first = bounds.length === 0 ? monthsAfter(now.getTime(), 0) : Math.max(...bounds)
      for (let month = first; month <= last; month = monthAfter(month)) {
        const from = month
        await unlessMade(() => db.transaction().execute((trx) => add(trx, table.schema, from)))
      }
    },

    async dropBefore(before) {
      const table = await find(db)
      if (table === null || !table.isSplit) return 0
      let dropped = 0
      for (const { name, until } of await partitions(table)) {
        if (until !== null && until <= before.getTime()) dropped += await dropOne(db, sql.id(table.schema, name))
      }
      return dropped
    },
  }
}

/** Several programs prune at once: another one has made the month. */
async function unlessMade(make: () => Promise<void>): Promise<void> {
  try {
    await make()
  } catch (error) {
    if (!MADE.has((error as { readonly code?: unknown }).code)) throw error
  }
}

/** @returns how many events there were; 0 where readers hold the partition, whose events are then removed in batches */
async function dropOne(db: Kysely<unknown>, partition: RawBuilder<unknown>): Promise<number> {
  try {
    return await db.transaction().execute(async (trx) => {
      await sql`select set_config('lock_timeout', ${LOCK_WAIT}, true)`.execute(trx)
      const { rows } = await sql<{ readonly count: Integer }>`select count(*) as count from ${partition}`.execute(trx)
      await sql`drop table ${partition}`.execute(trx)
      return Number(rows[0]?.count)
    })
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === LOCK_NOT_AVAILABLE) return 0
    throw error
  }
}

/** Renames the indexes of a table. @returns the statements that make them again under their names */
async function renamedIndexes(
  trx: Kysely<unknown>,
  schema: string,
  table: string,
): Promise<readonly RawBuilder<unknown>[]> {
  const { rows } = await sql<{ readonly name: string; readonly definition: string; readonly isKey: boolean }>`
    select c.relname as name, pg_get_indexdef(i.indexrelid) as definition, i.indisprimary as ${sql.ref('isKey')}
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
    where i.indrelid = (${`${quoted(schema)}.${quoted(table)}`}::regclass)`.execute(trx)
  for (const { name } of rows) {
    await sql`alter index ${sql.id(schema, name)} rename to ${sql.id(`${name}_before`)}`.execute(trx)
  }
  return rows.map(({ name, definition, isKey }) =>
    isKey
      ? sql`alter table ${sql.id(schema, table)} add constraint ${sql.id(name)} primary key (at, id)`
      : sql.raw(definition),
  )
}

/** `FOR VALUES FROM ('0') TO ('86400000')`, or `DEFAULT`. */
function untilOf(bound: string): number | null {
  const until = /TO \('?(-?\d+)'?\)/.exec(bound)?.[1]
  return until === undefined ? null : Number(until)
}

function monthAfter(at: number): number {
  return monthsAfter(at, 1)
}

/** The start of a month in UTC, some months after that of an instant. */
function monthsAfter(at: number, months: number): number {
  const instant = new Date(at)
  return Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + months)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

import { refuseUnknownOptions, wholeNumber, wrongOption } from '@patkit/core/adapter'
import { type Kysely, type Migration, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { requireSafeEscaping } from './escaping.ts'
import { tableMigrations } from './migrations/tables.ts'
import { placedName, type TablePlace } from './table-place.ts'
import { createUsePartitions } from './use-partitions.ts'

export interface MigrateOptions {
  /** How long to wait for another program that migrates, and for locks on tables: 1 to 3600. Default 10. */
  readonly waitSeconds?: number
  /**
   * Splits the table of uses by month, once; PostgreSQL only. Pruning all events then drops whole months. Writers wait
   * while the events that exist are read once. Default `false`, which leaves a table that is split as it is.
   */
  readonly partitionEvents?: boolean
}

/** The database has tables of a layout that this version cannot bring up to date. Nothing was changed. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly code = 'ERR_PAT_SCHEMA_UNSUPPORTED'

  constructor(tables: string, migration: string) {
    super(
      `the tables ${tables}* have a layout from before the first release (migration "${migration}"), which cannot be updated. ` +
        'Export what you need, then drop them, or use another "tablePrefix", and migrate again',
    )
  }
}

type Migrations = Readonly<Record<string, Migration>>

const DEFAULT_WAIT_SECONDS = 10
const LONGEST_WAIT_SECONDS = 3_600
/** In the form that Kysely's migrator gives it, which has made it before. */
const RECORD = 'patkit_migration'

/**
 * Brings the schema up to date. Several programs may do so at once: one does it, the others wait. Where nothing is
 * pending, no lock is taken.
 *
 * @returns the names of the migrations that were run
 * @throws TypeError for a wrong option
 * @throws SchemaError for a layout from before the first release
 * @throws Error where the server does not read values as its driver writes them, or a lock is not free in time
 */
export async function migrate(
  db: Kysely<unknown>,
  engine: Engine,
  place: TablePlace,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const { waitSeconds, partitionEvents } = validOptions(options, engine)
  await requireSafeEscaping(db, engine)
  const done = await runPending(db, engine, place, waitSeconds)
  if (engine.hasPartitions) {
    const partitions = createUsePartitions(db, place)
    if (partitionEvents) await engine.whileLocked(db, { place, waitSeconds }, partitions.begin)
    await partitions.ensure(new Date())
  }
  return done
}

async function runPending(
  db: Kysely<unknown>,
  engine: Engine,
  place: TablePlace,
  waitSeconds: number,
): Promise<readonly string[]> {
  const all = tableMigrations(engine, place)
  if ((await pendingOf(db, engine, place, all)).length === 0) return []
  return engine.whileLocked(db, { place, waitSeconds }, async (locked) => {
    await prepare(locked, engine, place)
    const pending = await pendingOf(locked, engine, place, all)
    for (const name of pending) {
      await all[name]?.up(locked)
      const at = new Date().toISOString()
      await sql`insert into ${sql.table(RECORD)} (name, ${sql.ref('timestamp')}) values (${name}, ${at})`.execute(
        locked,
      )
    }
    return pending
  })
}

/** The names of the migrations that have not been run. Changes nothing. */
export function pendingMigrations(db: Kysely<unknown>, engine: Engine, place: TablePlace): Promise<readonly string[]> {
  return pendingOf(db, engine, place, tableMigrations(engine, place))
}

async function pendingOf(
  db: Kysely<unknown>,
  engine: Engine,
  place: TablePlace,
  all: Migrations,
): Promise<readonly string[]> {
  const names = Object.keys(all).sort()
  const isThere = await engine.findTable(place.schema, placedName(RECORD, place)).execute(db)
  if (isThere.rows.length === 0) return names
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(RECORD)}`.execute(db)
  requireReleased(rows, names, place)
  const done = new Set(rows.map(({ name }) => name))
  return names.filter((name) => !done.has(name))
}

/** Layouts from before the first release have names of migrations below today's first one. */
function requireReleased(
  done: readonly { readonly name: string }[],
  [first = '']: readonly string[],
  { schema, prefix }: TablePlace,
): void {
  const early = done.find(({ name }) => name < first)
  if (early === undefined) return
  throw new SchemaError(`${schema === null ? '' : `${schema}.`}${prefix}`, early.name)
}

/** The schema that the tables are put into, and the table of the migrations that have run. */
async function prepare(
  db: Kysely<unknown>,
  { findSchema, tableOptions }: Engine,
  { schema }: TablePlace,
): Promise<void> {
  if (schema !== null && (await findSchema(schema).execute(db)).rows.length === 0) {
    await sql`create schema ${sql.id(schema)}`.execute(db)
  }
  await sql`
    create table if not exists ${sql.table(RECORD)} (
      name varchar(255) not null primary key, ${sql.ref('timestamp')} varchar(255) not null
    ) ${tableOptions}`.execute(db)
}

function validOptions(
  { waitSeconds = DEFAULT_WAIT_SECONDS, partitionEvents = false, ...unknown }: MigrateOptions,
  { hasPartitions }: Engine,
): Required<MigrateOptions> {
  refuseUnknownOptions(unknown)
  if (typeof partitionEvents !== 'boolean') throw wrongOption('partitionEvents', 'must be true or false')
  if (partitionEvents && !hasPartitions) throw wrongOption('partitionEvents', 'is for PostgreSQL only')
  return { waitSeconds: wholeNumber('waitSeconds', waitSeconds, LONGEST_WAIT_SECONDS), partitionEvents }
}

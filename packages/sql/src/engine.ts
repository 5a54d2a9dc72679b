import { wrongOption } from '@patkit/core/adapter'
import {
  type Dialect,
  type DialectAdapter,
  MysqlAdapter,
  PostgresAdapter,
  type RawBuilder,
  SqliteAdapter,
  sql,
} from 'kysely'
import { lockedByConnection, lockedByTransaction, lockedByWriting, type WhileLocked } from './migration-lock.ts'
import type { AppDatabase, Integer } from './schema.ts'

/** Dialect differences. No other file may branch on the dialect. */
export interface Engine {
  /** For ids, digests and other keys: compared byte by byte. */
  readonly key: RawBuilder<unknown>
  /** For ids that come from records of any table, and are longer than our own. */
  readonly reference: RawBuilder<unknown>
  /** For names, which are sorted by code points. */
  readonly name: RawBuilder<unknown>
  /** For texts that are neither keys nor sorted. */
  readonly text: RawBuilder<unknown>
  /** For a primary key of numbers that the database draws. */
  readonly numbered: RawBuilder<unknown>
  readonly tableOptions: RawBuilder<unknown>
  /**
   * Leaves room on the pages of a table, so that a row which is updated often stays on its page and no index is written
   * (PostgreSQL: heap-only tuples). `null` where the engine updates rows in place.
   */
  readonly roomForUpdates: ((table: string) => RawBuilder<unknown>) | null
  /** Widens the names of a table of tokens, where a column has a length. */
  readonly longNames: ((table: string) => RawBuilder<unknown>) | null
  /** Added to them: stores the rows of a table in the order of its key, where that needs an option. */
  readonly clustered: RawBuilder<unknown>
  /** Ends an insertion that leaves existing rows as they are. `column` is any of the table. */
  readonly keepFirst: (column: string) => RawBuilder<unknown>
  /** The modes in which a connection reads statements, where drivers depend on them; `null` elsewhere. */
  readonly sqlMode: RawBuilder<{ readonly mode: string }> | null
  /** The functions for the smallest and the largest of several numbers, none of them null. */
  readonly least: RawBuilder<unknown>
  readonly greatest: RawBuilder<unknown>
  /** The database's clock, in epoch milliseconds. */
  readonly now: RawBuilder<Integer>
  /** Whether `create index` has `if not exists`, so that a migration that broke off can be run again. */
  readonly indexIfNotExists: boolean
  /** Removes an index of a table. `index` is its name in its place. */
  readonly dropIndex: (index: string, table: string) => RawBuilder<unknown>
  /** The same for `add column`. */
  readonly columnIfNotExists: boolean
  /** A column of texts in an index: its beginning, where an engine takes no whole texts. */
  readonly textInIndex: (column: string) => RawBuilder<unknown>
  /** Leaves rows without a value in a column out of an index, where the engine can. */
  readonly onlySet: (column: string) => RawBuilder<unknown>
  /** Whether tables are in schemas. */
  readonly hasSchemas: boolean
  /** Whether a table can be split by ranges of a column, with one of them for all other rows. */
  readonly hasPartitions: boolean
  /** Selects one row if the schema exists. */
  readonly findSchema: (schema: string) => RawBuilder<unknown>
  /** Selects one row if the table exists in a schema, or in the current schema of the connection. */
  readonly findTable: (schema: string | null, table: string) => RawBuilder<unknown>
  /** Sends notifications, each a channel and a payload, when the transaction commits; `null` where the engine has none. */
  readonly notify: ((messages: readonly (readonly [channel: string, payload: string])[]) => RawBuilder<unknown>) | null
  /** Selects whether the database is a standby; `null` where the engine does not say. */
  readonly isStandby: RawBuilder<{ readonly standby: boolean }> | null
  /** Selects the connection of the server that runs a statement; `null` where no pooler can change it. */
  readonly connectionId: RawBuilder<{ readonly id: Integer }> | null
  /** Selects how full the queue of notifications is, from 0 to 1; `null` where the engine has none. */
  readonly queueUsage: RawBuilder<{ readonly usage: number }> | null
  /** Keeps other programs from migrating meanwhile. */
  readonly whileLocked: WhileLocked
  /** Move a write-ahead log into the database file, without a wait; empty for engines without one. */
  readonly checkpoint: readonly RawBuilder<unknown>[]
  /** Whether a parameter can be an array, so that one statement takes any number of values. */
  readonly takesArrays: boolean
  /** Whether equality on this index must be written as a range of rows to read it in its order. */
  readonly rangesOfRows: boolean
  /** An index or a column that a migration which broke off has made. */
  isMade(error: unknown): boolean
  /** An index that is not there. */
  isIndexMissing(error: unknown): boolean
  /** An existing key or digest. */
  isDuplicate(error: unknown): boolean
  /** A function that not every engine of this protocol has. */
  isMissingFunction(error: unknown): boolean
  /** A deadlock or a lock timeout: the transaction is rolled back, and may be tried again. */
  isRetryable(error: unknown): boolean
}

export type EngineName = 'sqlite' | 'postgres' | 'mysql'

const ENGINES: Readonly<Record<EngineName, Engine>> = {
  sqlite: {
    key: sql`text`,
    reference: sql`text`,
    name: sql`text`,
    text: sql`text`,
    numbered: sql`integer primary key autoincrement`,
    tableOptions: sql``,
    roomForUpdates: null,
    longNames: null,
    clustered: sql`without rowid`,
    keepFirst: () => sql`on conflict do nothing`,
    sqlMode: null,
    least: sql`min`,
    greatest: sql`max`,
    now: sql`cast(unixepoch('subsec') * 1000 as integer)`,
    indexIfNotExists: true,
    dropIndex: (index) => sql`drop index if exists ${sql.table(index)}`,
    columnIfNotExists: false,
    textInIndex: sql.ref,
    onlySet: (column) => sql`where ${sql.ref(column)} is not null`,
    hasSchemas: false,
    hasPartitions: false,
    findSchema: () => sql`select 1 where 1 = 0`,
    findTable: (_, table) => sql`select 1 from main.sqlite_master where type = 'table' and name = ${table}`,
    notify: null,
    isStandby: null,
    connectionId: null,
    queueUsage: null,
    whileLocked: lockedByWriting,
    checkpoint: [sql`pragma busy_timeout = 0`, sql`pragma wal_checkpoint(truncate)`],
    takesArrays: false,
    rangesOfRows: false,
    isIndexMissing: () => false,
    // SQLite has no code for it.
    isMade: (error) => /^duplicate column name/.test(messageOf(error)),
    isDuplicate: (error) => /^SQLITE_CONSTRAINT_(?:PRIMARYKEY|UNIQUE)$/.test(codeOf(error)),
    isMissingFunction: () => false,
    isRetryable: (error) => /^SQLITE_BUSY/.test(codeOf(error)),
  },
  postgres: {
    key: sql`text collate "C"`,
    reference: sql`text collate "C"`,
    name: sql`text collate "C"`,
    text: sql`text`,
    numbered: sql`bigint generated by default as identity primary key`,
    tableOptions: sql``,
    roomForUpdates: (table) => sql`alter table ${sql.table(table)} set (fillfactor = 85)`,
    longNames: null,
    clustered: sql``,
    keepFirst: () => sql`on conflict do nothing`,
    sqlMode: null,
    least: sql`least`,
    greatest: sql`greatest`,
    now: sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
    indexIfNotExists: true,
    dropIndex: (index) => sql`drop index if exists ${sql.table(index)}`,
    columnIfNotExists: true,
    textInIndex: sql.ref,
    onlySet: (column) => sql`where ${sql.ref(column)} is not null`,
    hasSchemas: true,
    hasPartitions: true,
    findSchema: (schema) => sql`select 1 from pg_catalog.pg_namespace where nspname = ${schema}`,
    findTable: (schema, table) => sql`
      select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = ${table} and n.nspname = coalesce(${schema}::text, current_schema())`,
    notify: (messages) =>
      sql`select ${sql.join(messages.map(([channel, payload]) => sql`pg_notify(${channel}, ${payload})`))}`,
    isStandby: sql`select pg_is_in_recovery() as standby`,
    connectionId: sql`select pg_backend_pid() as id`,
    queueUsage: sql`select pg_notification_queue_usage() as usage`,
    whileLocked: lockedByTransaction,
    checkpoint: [],
    takesArrays: true,
    rangesOfRows: true,
    isIndexMissing: () => false,
    isMade: () => false,
    isDuplicate: (error) => codeOf(error) === '23505',
    isMissingFunction: (error) => codeOf(error) === '42883',
    isRetryable: (error) => ['40001', '40P01'].includes(codeOf(error)),
  },
  mysql: {
    key: sql`varchar(191) character set utf8mb4 collate utf8mb4_bin`,
    reference: sql`varchar(255) character set utf8mb4 collate utf8mb4_bin`,
    name: sql`varchar(191) character set utf8mb4 collate utf8mb4_bin`,
    text: sql`mediumtext character set utf8mb4 collate utf8mb4_bin`,
    numbered: sql`bigint not null auto_increment primary key`,
    tableOptions: sql`engine=InnoDB`,
    roomForUpdates: null,
    longNames: (table) => sql`
      alter table ${sql.table(table)} modify name varchar(255) character set utf8mb4 collate utf8mb4_bin not null`,
    clustered: sql``,
    // Not "insert ignore", which would also cut long values.
    keepFirst: (column) => sql`on duplicate key update ${sql.ref(column)} = ${sql.ref(column)}`,
    sqlMode: sql`select @@session.sql_mode as mode`,
    least: sql`least`,
    greatest: sql`greatest`,
    // Not `unix_timestamp(now())`: in the hour that a zone repeats, its local time stands for two instants.
    now: sql`timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000`,
    indexIfNotExists: false,
    dropIndex: (index, table) => sql`drop index ${sql.ref(index)} on ${sql.table(table)}`,
    columnIfNotExists: false,
    textInIndex: (column) => sql`${sql.ref(column)}(191)`,
    onlySet: () => sql``,
    hasSchemas: true,
    hasPartitions: false,
    findSchema: (schema) => sql`select 1 from information_schema.schemata where schema_name = ${schema}`,
    findTable: (schema, table) => sql`
      select 1 from information_schema.tables
      where table_name = ${table} and table_schema = coalesce(${schema}, database())`,
    notify: null,
    isStandby: null,
    connectionId: null,
    queueUsage: null,
    whileLocked: lockedByConnection,
    checkpoint: [],
    takesArrays: false,
    rangesOfRows: false,
    isIndexMissing: (error) => codeOf(error) === 'ER_CANT_DROP_FIELD_OR_KEY',
    isMade: (error) => ['ER_DUP_KEYNAME', 'ER_DUP_FIELDNAME'].includes(codeOf(error)),
    isDuplicate: (error) => codeOf(error) === 'ER_DUP_ENTRY',
    isMissingFunction: () => false,
    // Also a table that another process has just changed.
    isRetryable: (error) => ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'].includes(codeOf(error)),
  },
}

/**
 * The engine that a dialect speaks to, known by its adapter.
 *
 * @throws TypeError for an adapter that is not one of Kysely's, or an unknown name
 */
export function engineOfDialect(dialect: Dialect | undefined, name: EngineName | undefined): Engine {
  if (typeof dialect?.createAdapter !== 'function') {
    throw wrongOption('dialect', 'must be a Kysely dialect, or "db" a Kysely instance')
  }
  return engineOf('dialect', () => dialect.createAdapter(), name)
}

/**
 * The engine of a Kysely instance.
 *
 * @throws TypeError for a value that is not a Kysely instance, an adapter that is not one of Kysely's, or an unknown name
 */
export function engineOfDatabase(db: AppDatabase, name: EngineName | undefined): Engine {
  if (typeof db?.getExecutor !== 'function') throw wrongOption('db', 'must be a Kysely instance')
  if (db.isTransaction) throw wrongOption('db', 'must not be a transaction: use tokens.in(transaction)')
  return engineOf('db', () => db.getExecutor().adapter, name)
}

function engineOf(option: string, adapterOf: () => DialectAdapter, name: EngineName | undefined): Engine {
  if (name !== undefined) {
    if (!Object.hasOwn(ENGINES, name)) throw wrongOption('engine', `must be one of ${Object.keys(ENGINES)}`)
    return ENGINES[name]
  }
  const adapter = adapterOf()
  if (adapter instanceof SqliteAdapter) return ENGINES.sqlite
  if (adapter instanceof PostgresAdapter) return ENGINES.postgres
  if (adapter instanceof MysqlAdapter) return ENGINES.mysql
  throw wrongOption('engine', `is required: the option "${option}" does not reveal it`)
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code ?? '')
}

function messageOf(error: unknown): string {
  return String((error as { readonly message?: unknown } | null)?.message ?? '')
}

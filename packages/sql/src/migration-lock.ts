import { type Kysely, sql } from 'kysely'
import type { TablePlace } from './table-place.ts'

/** Runs work while no other program migrates the same tables. */
export type WhileLocked = <T>(
  db: Kysely<unknown>,
  request: LockRequest,
  work: (locked: Kysely<unknown>) => Promise<T>,
) => Promise<T>

export interface LockRequest {
  readonly place: TablePlace
  /** How long the lock is waited for. */
  readonly waitSeconds: number
}

/** The holder of a lock, as far as the server reports it. */
interface Holder {
  readonly id: number | string
  readonly application: string | null
  readonly account: string | null
  readonly since: Date | null
}

/** The first half of the advisory locks of PostgreSQL, which all programs on a database share: "patk". */
const LOCK_CLASS = 0x7061746b
const SECOND_MS = 1_000

/**
 * PostgreSQL: an advisory lock of the transaction that migrates. A lock of the session would stay behind on the server's
 * connection where a pooler such as PgBouncer hands connections on after each transaction.
 */
export const lockedByTransaction: WhileLocked = async (db, request, work) => {
  const { place, waitSeconds } = request
  try {
    // Each statement must see earlier commits: otherwise the lock is of no use.
    const transaction = db.transaction().setIsolationLevel('read committed')
    return await transaction.execute(async (trx) => {
      // Local to the transaction, and for tables as well: their locks are waited for as long.
      await sql`select set_config('lock_timeout', ${`${waitSeconds}s`}, true)`.execute(trx)
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_CLASS)}, ${placeHash(place)})`.execute(trx)
      return work(trx)
    })
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== '55P03') throw cause
    throw lockError(waitSeconds, await postgresHolder(db, place), cause)
  }
}

/**
 * MySQL and MariaDB commit with each change of a table, so no transaction can hold the lock. A named lock belongs to the
 * connection, which is kept for as long as the work takes, and is released before the connection returns to the pool.
 */
export const lockedByConnection: WhileLocked = (db, { place, waitSeconds }, work) =>
  db.connection().execute(async (connection) => {
    const name = sql`concat('patkit ', sha1(concat(coalesce(${place.schema}, database()), '.', ${place.prefix})))`
    const { rows } = await sql<{ got: unknown; before: unknown }>`
      select get_lock(${name}, ${waitSeconds}) as got, @@session.lock_wait_timeout as ${sql.ref('before')}`.execute(
      connection,
    )
    if (Number(rows[0]?.got) !== 1) throw lockError(waitSeconds, await mysqlHolder(connection, name))
    const limitTables = (seconds: number) =>
      sql`set session lock_wait_timeout = ${sql.lit(seconds)}`.execute(connection)
    try {
      await limitTables(waitSeconds)
      return await work(connection)
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== 'ER_LOCK_WAIT_TIMEOUT') throw cause
      throw lockError(waitSeconds, null, cause)
    } finally {
      // On a connection that is lost the server has done so already.
      await limitTables(Number(rows[0]?.before)).catch(() => {})
      await sql`select release_lock(${name})`.execute(connection).catch(() => {})
    }
  })

/**
 * SQLite: the transaction that migrates is the only one that writes. One that begins by reading could not wait. A wait
 * blocks this thread, so stores of one process take turns on a file: the holder of the lock could not continue.
 */
export const lockedByWriting: WhileLocked = (db, { waitSeconds }, work) =>
  db.connection().execute(async (connection) =>
    inTurn(await fileOf(connection), async () => {
      await beginImmediate(connection, waitSeconds)
      try {
        const result = await work(connection)
        await sql`commit`.execute(connection)
        return result
      } catch (cause) {
        // SQLite has rolled back already after some errors: the first one is reported.
        await sql`rollback`.execute(connection).catch(() => {})
        throw cause
      }
    }),
  )

/** The running migration of each file in this process. */
const underWay = new Map<string, Promise<unknown>>()

async function inTurn<T>(file: string, work: () => Promise<T>): Promise<T> {
  const turn = (underWay.get(file) ?? Promise.resolve()).then(work)
  const ended = turn.catch(() => {})
  underWay.set(file, ended)
  try {
    return await turn
  } finally {
    if (underWay.get(file) === ended) underWay.delete(file)
  }
}

async function fileOf(connection: Kysely<unknown>): Promise<string> {
  const { rows } = await sql<{ name: string; file: string }>`pragma database_list`.execute(connection)
  return rows.find(({ name }) => name === 'main')?.file ?? ''
}

/** SQLite itself waits: some drivers cannot commit any more after a statement that has failed with SQLITE_BUSY. */
async function beginImmediate(connection: Kysely<unknown>, waitSeconds: number): Promise<void> {
  const { rows } = await sql<{ timeout: number }>`pragma busy_timeout`.execute(connection)
  const waitAtMost = (ms: number) => sql`pragma busy_timeout = ${sql.lit(ms)}`.execute(connection)
  await waitAtMost(waitSeconds * SECOND_MS)
  try {
    await sql`begin immediate`.execute(connection)
  } catch (cause) {
    if (!String((cause as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw cause
    const problem = `another program has been writing to this database for ${waitSeconds} seconds`
    throw new Error(`${problem}; SQLite does not say which. Try again when it has finished`, { cause })
  } finally {
    await waitAtMost(Number(rows[0]?.timeout ?? 0))
  }
}

function placeHash({ schema, prefix }: TablePlace) {
  return sql`hashtext(coalesce(${schema}::text, current_schema()) || '.' || ${prefix}::text)`
}

/** The session that holds the lock itself, or else a lock on one of the tables. */
async function postgresHolder(db: Kysely<unknown>, place: TablePlace): Promise<Holder | null> {
  const { rows } = await sql<Holder>`
    select l.pid as id, a.application_name as application, a.usename as account, a.xact_start as since
    from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.granted and l.pid <> pg_backend_pid()
      and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
      and (
        (l.locktype = 'advisory' and l.classid::bigint = ${sql.lit(LOCK_CLASS)}
          and l.objid::bigint = (${placeHash(place)}::bigint & 4294967295))
        or l.relation in (
          select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname = coalesce(${place.schema}::text, current_schema())
            and starts_with(c.relname, ${place.prefix}::text)))
    order by l.locktype = 'advisory' desc, a.xact_start
    limit 1`.execute(db)
  return rows[0] ?? null
}

async function mysqlHolder(connection: Kysely<unknown>, name: ReturnType<typeof sql>): Promise<Holder | null> {
  const { rows } = await sql<{ id: number; account: string; seconds: number | string }>`
    select id, concat(user, '@', host) as account, time as seconds
    from information_schema.processlist where id = is_used_lock(${name})`.execute(connection)
  const [row] = rows
  if (row === undefined) return null
  const since = new Date(Date.now() - Number(row.seconds) * 1_000)
  return { id: row.id, application: null, account: row.account, since }
}

function lockError(waitSeconds: number, holder: Holder | null, cause?: unknown): Error {
  return new Error(`the lock for migrations was not free within ${waitSeconds} seconds: ${holderText(holder)}`, {
    cause,
  })
}

function holderText(holder: Holder | null): string {
  if (holder === null) return 'another session uses a table or has just finished. Try again'
  const { id, application, account, since } = holder
  const who = [application && `application "${application}"`, account && `user ${account}`].filter(Boolean).join(', ')
  return `held by session ${id}${who && ` (${who})`}${since === null ? '' : `, active since ${since.toISOString()}`}`
}

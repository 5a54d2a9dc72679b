import type { Invalidation } from '@patkit/core/adapter'
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { batchesOf } from './batches.ts'
import type { Engine } from './engine.ts'
import type { Integer, InvalidationRow, Schema } from './schema.ts'
import { placedName, type TablePlace } from './table-place.ts'
import type { Transact } from './transaction.ts'

type Trx = Transaction<Schema>

/** A row of the log. */
export interface LoggedInvalidation {
  /** Drawn by the database. Numbers are not in the order of commits: a transaction may commit after a later number. */
  readonly number: number
  /** When the number was drawn, in epoch milliseconds of the database's clock. */
  readonly at: number
  readonly what: Invalidation
}

/** Where a reader of the log begins. */
export interface LogPlace {
  readonly number: number
  readonly at: number
}

/** The invalidations of all changes of the last day. For channels: applications use `pollingChannel` and `postgresChannel`. */
export interface InvalidationLog {
  /** The channel of LISTEN and NOTIFY; `null` where the store sends no notifications. */
  readonly notifications: string | null
  /** Adds an invalidation without a change, and sends its notification. */
  append(what: Invalidation): Promise<void>
  /** The newest row that is older than `ageMs`; `null` where every row is younger. */
  olderThan(ageMs: number): Promise<LogPlace | null>
  /** Rows in the order of their numbers, from `number` on. */
  from(number: number, limit: number): Promise<readonly LoggedInvalidation[]>
  /** Sends a notification of any channel. @throws Error where the engine has no notifications */
  notify(channel: string, payload: string): Promise<void>
  /** Whether the database is a standby, which reads later than its primary. `false` where the engine does not say. */
  isStandby(): Promise<boolean>
}

/** Writes the invalidations of a change into its transaction. `owner` stands for all of them where they are many. */
export type Announce = (trx: Trx, changes: readonly Invalidation[], owner: string) => Promise<void>

/** Notifications of one transaction. Past it, one names the owner: the log still has each. */
const MOST_NOTIFICATIONS = 50
const RETENTION_MS = 86_400_000

/** The NOTIFY channel of a place. Places of other schemas may share it: foreign messages only cause lookups. */
export function notificationChannel({ notify }: Engine, place: TablePlace, enabled: boolean): string | null {
  return enabled && notify !== null ? placedName('patkit_invalidation', place) : null
}

export function createAnnounce(engine: Engine, notifications: string | null): Announce {
  const { notify, now } = engine
  return async (trx, changes, owner) => {
    for (const batch of batchesOf(changes)) {
      const rows = batch.map((what) => {
        const { kind, id, minVersion } = { id: null, minVersion: null, ...what }
        return sql`(${now}, ${kind}, ${id}, ${minVersion})`
      })
      await sql`
        insert into ${sql.table('patkit_invalidation')} (at, kind, id, min_version) values ${sql.join(rows)}`.execute(
        trx,
      )
    }
    if (notify === null || notifications === null || changes.length === 0) return
    const messages: readonly Invalidation[] =
      changes.length <= MOST_NOTIFICATIONS ? changes : [{ kind: 'principal', id: owner }]
    await notify(messages.map((what) => [notifications, JSON.stringify(what)])).execute(trx)
  }
}

export function createInvalidationLog(
  db: Kysely<Schema>,
  transact: Transact,
  engine: Engine,
  notifications: string | null,
): InvalidationLog {
  const announce = createAnnounce(engine, notifications)
  const log = sql.table('patkit_invalidation')
  return Object.freeze({
    notifications,
    append: (what) => transact((trx) => announce(trx, [what], '')),
    async olderThan(ageMs) {
      const { rows } = await sql<Pick<InvalidationRow, 'number' | 'at'>>`
        select number, at from ${log} where at < ${engine.now} - ${asInteger(ageMs)} order by number desc limit 1`.execute(
        db,
      )
      const [row] = rows
      return row === undefined ? null : { number: Number(row.number), at: Number(row.at) }
    },
    async from(number, limit) {
      const { rows } = await sql<InvalidationRow>`
        select number, at, kind, id, min_version from ${log} where number >= ${number} order by number limit ${limit}`.execute(
        db,
      )
      return rows.map(loggedOf)
    },
    async notify(channel, payload) {
      if (engine.notify === null) throw new TypeError('patkit: this engine has no notifications')
      await engine.notify([[channel, payload]]).execute(db)
    },
    async isStandby() {
      if (engine.isStandby === null) return false
      try {
        const { rows } = await engine.isStandby.execute(db)
        return rows[0]?.standby === true
      } catch (error) {
        if (engine.isMissingFunction(error)) return false
        throw error
      }
    },
  } satisfies InvalidationLog)
}

/** Removes rows of more than a day ago, and never the newest one: readers know by it that the log is still the same. */
export async function pruneInvalidations(db: Kysely<Schema>, engine: Engine): Promise<void> {
  const newest = await db
    .selectFrom('patkit_invalidation')
    .select(({ fn }) => fn.max<Integer | null>('number').as('number'))
    .executeTakeFirst()
  if (newest === undefined || newest.number === null) return
  await sql`
    delete from ${sql.table('patkit_invalidation')}
    where number < ${newest.number} and at < ${engine.now} - ${asInteger(RETENTION_MS)}`.execute(db)
}

/** In the statement: a parameter behind an operator has no type on every engine. */
function asInteger(value: number): RawBuilder<unknown> {
  return sql.lit(Math.round(value))
}

/** What cannot be read stays as it is, for the verifier to refuse: it may be any invalidation. */
function loggedOf({ number, at, kind, id, min_version }: InvalidationRow): LoggedInvalidation {
  const minVersion = min_version === null ? null : Number(min_version)
  return { number: Number(number), at: Number(at), what: { kind, id, minVersion } as Invalidation }
}

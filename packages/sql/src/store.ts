import { refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import { checkedStore, type LoggedEvent, type TokenStore, type TransactionStore } from '@patkit/tokens/store'
import { type Dialect, Kysely, type Transaction } from 'kysely'
import { isOpen, requireOwnTransaction, transactWithin } from './app-transaction.ts'
import { createAudit } from './audit.ts'
import type { EventIndexes } from './audit-select.ts'
import { type Engine, type EngineName, engineOfDatabase, engineOfDialect } from './engine.ts'
import { createErasures, lifeOf, pruneErasures } from './erasures.ts'
import {
  type Announce,
  createAnnounce,
  createInvalidationLog,
  type InvalidationLog,
  notificationChannel,
  pruneInvalidations,
} from './invalidation-log.ts'
import { createEraseLate, type EraseLate, erasingAfterCommit, erasingWithin } from './late-events.ts'
import { type MigrateOptions, migrate } from './migrate.ts'
import { setOptionalIndexes } from './migrations/tables.ts'
import { createNodes, type NodeStore, pruneNodes } from './nodes/node-store.ts'
import { createNotices, pruneNotices } from './notices.ts'
import { createOperations, type Operations } from './operations.ts'
import { readPage } from './page.ts'
import { type PreparingPool, preparingPool } from './prepared.ts'
import { createPrincipals } from './principals.ts'
import { createReadPath } from './read-path.ts'
import { changeOf, changeRow, scopeUsesOf, secretViewOf, tokenOf } from './rows.ts'
import type { AppDatabase, AppTransaction, Schema } from './schema.ts'
import { createNextNumber } from './sequence.ts'
import { createSignIns, type SignInStore } from './sign-ins.ts'
import { placing, type TablePlace, tablePlace } from './table-place.ts'
import { createTokenWrites, findOwned, ownedBy } from './token-writes.ts'
import { createTouch } from './touch.ts'
import { createTransact, reportingFirstError, type Transact } from './transaction.ts'
import { createUsePartitions, type UsePartitions } from './use-partitions.ts'

export type SqlStoreOptions = DatabaseOption & Placement

type DatabaseOption =
  | {
      /** Any dialect of Kysely 0.28 or later. The store has it for itself, and closes it. */
      readonly dialect: Dialect
      readonly db?: never
    }
  | {
      /** The application's Kysely instance. The store uses it without its plugins, and does not close it. */
      readonly db: AppDatabase
      readonly dialect?: never
    }

interface Placement {
  /** The engine, for a dialect whose adapter is not one of Kysely's. */
  readonly engine?: EngineName
  /**
   * The schema that the tables are in; a database on MySQL and MariaDB. `migrate` creates it if it is missing.
   * Default: the current one of the connection, even if others have the tables. Not for SQLite.
   */
  readonly schema?: string
  /** How the names of tables and indexes begin: lower-case letters, digits and underscores. Default `patkit_`. */
  readonly tablePrefix?: string
  /**
   * The pool of `pg` behind the dialect. Lookups are then prepared on its connections, and planned once for each. Leave
   * it out behind a pooler that hands connections on after a transaction: it loses prepared statements, which a warning
   * of the process says once.
   */
  readonly preparedOn?: PreparingPool
  /**
   * Whether changes send a notification for `postgresChannel`. Default `true` on PostgreSQL. Turn it off for engines that
   * speak its protocol and have no `pg_notify`.
   */
  readonly notify?: boolean
  /**
   * The indexes of the audit log. With `token-and-organization`, an event is written to three indexes instead of eight;
   * filters by owner, reason and address search within an organization or within all events. `migrate` makes or removes
   * the others where this option is given. Default `all`.
   */
  readonly eventIndexes?: EventIndexes
}

export interface SqlStore extends TokenStore, Operations {
  /** The invalidations of changes, for the channels between nodes. */
  readonly invalidations: InvalidationLog
  /**
   * Brings the schema up to date; several processes may.
   *
   * @returns the names of the migrations that were run
   * @throws Error that says who holds the lock, where it is not free in time
   */
  migrate(options?: MigrateOptions): Promise<readonly string[]>
  /**
   * The store in a transaction of the `db` it was given. Each of its methods is atomic there and is tried once; nothing
   * counts before the application commits. Most applications want `tokens.in(transaction)`.
   *
   * @throws TypeError for a transaction of another database, and a store that was not given a `db`
   */
  within(transaction: AppTransaction): TransactionStore
  /** Sign-in links, sessions and administrators, for programs in which people sign in. */
  readonly signIns: SignInStore
  /** The reports of running verifiers. */
  readonly nodes: NodeStore
}

/** How long a writer of uses is remembered after its last batch. */
const WRITER_MS = 86_400_000

/**
 * Tokens on SQLite, PostgreSQL, MariaDB or MySQL. Does no I/O until a method is called.
 *
 * @example
 * ```ts
 * import { sqlStore } from '@patkit/sql'
 * import { PostgresDialect } from 'kysely'
 * import pg from 'pg'
 *
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
 * const store = sqlStore({ dialect: new PostgresDialect({ pool }) })
 * await store.migrate()
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function sqlStore(options: SqlStoreOptions): SqlStore {
  const { dialect, db: given, engine: name, schema, tablePrefix, preparedOn, notify = true, ...rest } = options
  const { eventIndexes: givenIndexes, ...unknown } = rest
  refuseUnknownOptions(unknown)
  const eventIndexes = indexesOf(givenIndexes)
  if (dialect !== undefined && given !== undefined) {
    throw new TypeError('patkit options "db" and "dialect" cannot be combined')
  }
  const engine = given === undefined ? engineOfDialect(dialect, name) : engineOfDatabase(given, name)
  if (typeof notify !== 'boolean') throw wrongOption('notify', 'must be true or false')
  const place = tablePlace({ schema, tablePrefix }, engine.hasSchemas)
  const pool = preparingPool(preparedOn, engine.takesArrays)
  const notifications = notificationChannel(engine, place, notify)
  const announce = createAnnounce(engine, notifications)
  const bare = given?.withoutPlugins() ?? new Kysely({ dialect: reportingFirstError(dialect as Dialect) })
  const db: Kysely<Schema> = placed(bare, place)
  const eraseLate = createEraseLate(db, engine)
  const transact = erasingAfterCommit(createTransact(db, engine), eraseLate)
  const partitions = engine.hasPartitions ? createUsePartitions(db as Kysely<unknown>, place) : null
  const invalidations = createInvalidationLog(db, transact, engine, notifications)
  return checkedStore({
    ...createStore(db, { transact, engine, eraseLate, announce, partitions, eventIndexes }),
    resolveMany: createReadPath(db, engine, pool),
    invalidations,
    nodes: createNodes(db, engine, invalidations),
    ...createOperations(db, engine, place),
    signIns: createSignIns(db, transact, engine),
    async migrate(options?: MigrateOptions) {
      const names = await migrate(db as Kysely<unknown>, engine, place, options)
      if (givenIndexes !== undefined) {
        await setOptionalIndexes(db as Kysely<unknown>, engine, place, eventIndexes === 'all')
      }
      return names
    },
    within(transaction: AppTransaction) {
      requireOwnTransaction(db, transaction, given !== undefined)
      const trx = placed(transaction.withoutPlugins(), place) as Transaction<Schema>
      const written: LoggedEvent[] = []
      const eraseLateWithin = createEraseLate(trx, engine)
      const notingLate: EraseLate = (events) => {
        written.push(...events)
        return eraseLateWithin(events)
      }
      const transactHere = erasingWithin(transactWithin(transaction, trx), notingLate)
      return checkedStore({
        ...createStore(trx, {
          transact: transactHere,
          engine,
          eraseLate: notingLate,
          announce,
          partitions: null,
          eventIndexes,
        }),
        isOpen: () => isOpen(transaction),
        eraseLate: () => eraseLate(written.splice(0)),
        hasVersion: (id: string, version: number) => hasVersion(db, id, version),
        [Symbol.asyncDispose]: async () => {},
      })
    },
    [Symbol.asyncDispose]: async () => (given === undefined ? closed(db, engine, pool) : undefined),
  })
}

function indexesOf(given: EventIndexes = 'all'): EventIndexes {
  if (given === 'all' || given === 'token-and-organization') return given
  throw wrongOption('eventIndexes', "must be 'all' or 'token-and-organization'")
}

function placed(db: AppDatabase, place: TablePlace): Kysely<Schema> {
  return placing(place).reduce((inPlace, plugin) => inPlace.withPlugin(plugin), db)
}

interface StoreParts {
  readonly transact: Transact
  readonly engine: Engine
  readonly eraseLate: EraseLate
  readonly announce: Announce
  readonly partitions: UsePartitions | null
  readonly eventIndexes: EventIndexes
}

function createStore(
  db: Kysely<Schema>,
  { transact, engine, eraseLate, announce, partitions, eventIndexes }: StoreParts,
): Omit<TokenStore, keyof AsyncDisposable> {
  return {
    announces: true,
    ...createErasures(db, transact, engine, announce),
    ...createNotices(db, engine),
    resolveMany: createReadPath(db, engine, null),
    ...createTokenWrites(transact, engine, announce),
    ...reads(db, engine),
    ...createPrincipals(db, transact, engine, announce),
    touch: createTouch(transact),
    ...records(db, { transact, engine, eraseLate, partitions }),
    nextNumber: createNextNumber(transact, engine),
    audit: createAudit(db, { transact, engine, eraseLate, partitions, eventIndexes }),
  }
}

/** A token that is gone has every version. */
async function hasVersion(db: Kysely<Schema>, id: string, version: number): Promise<boolean> {
  const row = await db.selectFrom('patkit_token').select('version').where('id', '=', id).executeTakeFirst()
  return row === undefined || Number(row.version) >= version
}

/** Commits that are not yet in a SQLite file would be missing in a copy of it. */
async function closed(db: Kysely<Schema>, { checkpoint }: Engine, pool: PreparingPool | null): Promise<void> {
  // Nothing is lost where it fails, as on a file that can only be read.
  for (const statement of checkpoint) await statement.execute(db).catch(() => {})
  await db.destroy()
  // Kysely does not end a pool that it has not used.
  if (pool?.ended === false) await pool.end()
}

function reads(
  db: Kysely<Schema>,
  engine: Engine,
): Pick<TokenStore, 'find' | 'listSecrets' | 'findScopeUses' | 'list' | 'findAnswer' | 'history' | 'countChanges'> {
  return {
    async find(owner, id) {
      const row = await findOwned(db, owner, id)
      return row === undefined ? null : tokenOf(row)
    },
    async listSecrets({ organizationId, principalId }, id, limit) {
      const rows = await db
        .selectFrom('patkit_secret as s')
        .innerJoin('patkit_token as t', 't.id', 's.token_id')
        .select(['s.created_at', 's.ends_at', 's.last_used_at', 's.last_used_ip'])
        .where('s.token_id', '=', id)
        .where('t.organization_id', '=', organizationId)
        .where('t.principal_id', '=', principalId)
        .orderBy('s.created_at', 'desc')
        .orderBy('s.digest')
        .limit(limit)
        .execute()
      return rows.map(secretViewOf)
    },
    async findScopeUses({ organizationId, principalId }, id) {
      const row = await db
        .selectFrom('patkit_scope_use as s')
        .innerJoin('patkit_token as t', 't.id', 's.token_id')
        .select(['s.use_count', 's.scopes'])
        .where('s.token_id', '=', id)
        .where('t.organization_id', '=', organizationId)
        .where('t.principal_id', '=', principalId)
        .executeTakeFirst()
      return scopeUsesOf(row)
    },
    list: (where, query) => readPage(db, engine, where, query),
    async findAnswer(owner, keyHash, now) {
      const row = await db
        .selectFrom('patkit_answer')
        .selectAll()
        .where(({ and }) => and({ ...ownedBy(owner), key_hash: keyHash }))
        .where('expires_at', '>', now.getTime())
        .executeTakeFirst()
      if (row === undefined) return null
      const { request_hash: requestHash, token_id: tokenId, sealed, expires_at: expiresAt } = row
      return { keyHash, requestHash, tokenId, sealed: sealed || null, expiresAt: new Date(Number(expiresAt)) }
    },
    async history(owner, id) {
      const begun = await lifeOf(db, owner)
      const rows = await db
        .selectFrom('patkit_change')
        .selectAll()
        .where(({ and }) => and({ ...ownedBy(owner), token_id: id }))
        .where('at', '>=', begun?.getTime() ?? 0)
        .orderBy('at')
        .orderBy('id')
        .execute()
      return rows.map(changeOf)
    },
    async countChanges(id) {
      const { total } = await db
        .selectFrom('patkit_change')
        .select(({ fn }) => fn.countAll().as('total'))
        .where('token_id', '=', id)
        .executeTakeFirstOrThrow()
      return Number(total)
    },
  }
}

function records(
  db: Kysely<Schema>,
  { transact, engine, eraseLate, partitions }: Omit<StoreParts, 'announce' | 'eventIndexes'>,
): Pick<TokenStore, 'record' | 'prune'> {
  return {
    async record(events) {
      await transact(async (trx) => {
        if (events.length === 0) return
        const ids = events.map(({ id }) => id)
        const rows = await trx.selectFrom('patkit_change').select('id').where('id', 'in', ids).execute()
        const known = new Set(rows.map(({ id }) => id))
        const added = events.filter(({ id }) => !known.has(id)).map(changeRow)
        if (added.length > 0) await trx.insertInto('patkit_change').values(added).execute()
      })
      await eraseLate(events)
    },
    async prune(now) {
      await pruneErasures(db, now)
      await pruneNotices(db, now)
      await pruneInvalidations(db, engine)
      await pruneNodes(db, engine)
      await partitions?.ensure(now)
      await db
        .deleteFrom('patkit_writer')
        .where('at', '<=', now.getTime() - WRITER_MS)
        .execute()
      const { numDeletedRows } = await db
        .deleteFrom('patkit_answer')
        .where('expires_at', '<=', now.getTime())
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

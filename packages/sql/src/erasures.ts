import type { ChangeEvent, ErasedToken, Erasure, Owner, TokenStore } from '@patkit/tokens/store'
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { behind } from './audit-select.ts'
import { batchesOf } from './batches.ts'
import { keepChanges } from './changes.ts'
import type { Engine } from './engine.ts'
import type { Announce } from './invalidation-log.ts'
import { erasureOf, erasureRow } from './rows.ts'
import type { Integer, Schema } from './schema.ts'
import { endSignIns, removeAdministrator } from './sign-ins.ts'
import { invalidationOf, lockOwner, ownedBy, removeTokens, requireUnchanged, untilUnchanged } from './token-writes.ts'
import { retrying, type Transact } from './transaction.ts'

type Trx = Transaction<Schema>
type Verbs = Pick<TokenStore, 'beginErasure' | 'listErasures' | 'eraseBatch' | 'finishErasure'>

/** How long late events of an erased principal are recognised. */
const ERASURE_MS = 604_800_000

export function createErasures(db: Kysely<Schema>, transact: Transact, engine: Engine, announce: Announce): Verbs {
  async function present({ pseudonym, principalId }: Erasure): Promise<Erasure | null> {
    const query = db.selectFrom('patkit_erasure').selectAll().where('principal_id', '=', principalId)
    const row = await query.where('pseudonym', '=', pseudonym).executeTakeFirst()
    return row === undefined ? null : erasureOf(row)
  }

  return {
    beginErasure: (erasure, eventOf, event) =>
      untilUnchanged(() => transact((trx) => begun(trx, erasure, eventOf, event, announce))),
    async listErasures() {
      return (await db.selectFrom('patkit_erasure').selectAll().orderBy('begun_at').execute()).map(erasureOf)
    },
    async eraseBatch(erasure, limit) {
      const known = await present(erasure)
      return known === null ? 0 : eraseNext(db, engine, known, limit)
    },
    finishErasure: ({ pseudonym, principalId }, at, event) =>
      transact(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('patkit_erasure')
          .set({ done_at: at.getTime() })
          .where(({ and }) => and({ principal_id: principalId, pseudonym }))
          .where('done_at', 'is', null)
          .executeTakeFirst()
        if (numUpdatedRows > 0n) await keepChanges(trx, [event])
      }),
  }
}

/** Erases from one more batch of events, or else of tokens. @returns how many there were */
export async function eraseNext(db: Kysely<Schema>, engine: Engine, erasure: Erasure, limit: number): Promise<number> {
  return (await erasedEvents(db, engine, erasure, limit)) || (await withdrawName(db, engine, erasure, limit))
}

/** A principal is created: events from now on are its own. */
export async function returnOf(trx: Trx, { organizationId, principalId }: Owner, at: Date): Promise<void> {
  await trx
    .updateTable('patkit_erasure')
    .set({ returned_at: at.getTime() })
    .where(({ and }) => and({ principal_id: principalId, organization_id: organizationId }))
    .where('returned_at', 'is', null)
    .execute()
}

/** The instant from which on events are an owner's; `null` for all. */
export async function lifeOf(db: Kysely<Schema>, { organizationId, principalId }: Owner): Promise<Date | null> {
  const row = await db
    .selectFrom('patkit_erasure')
    .select(({ fn }) => fn.max<Integer | null>('returned_at').as('at'))
    .where(({ and }) => and({ principal_id: principalId, organization_id: organizationId }))
    .executeTakeFirst()
  return row === undefined || row.at === null ? null : new Date(Number(row.at))
}

/** Removes erasures that were done so long ago that no event can come late. */
export async function pruneErasures(db: Kysely<Schema>, now: Date): Promise<void> {
  await db
    .deleteFrom('patkit_erasure')
    .where('events', '<>', 'keep')
    .where('done_at', '<=', now.getTime() - ERASURE_MS)
    .execute()
}

async function begun(
  trx: Trx,
  erasure: Erasure,
  eventOf: (token: ErasedToken) => ChangeEvent,
  event: ChangeEvent,
  announce: Announce,
): Promise<readonly ErasedToken[] | null> {
  const { organizationId, principalId } = erasure
  const owner = { organizationId, principalId }
  if (!(await lockOwner(trx, owner))) return null
  const own = (await removeTokens(trx, owner, null)).map(({ id, version }) => ({
    ...owner,
    id,
    version: version + 1,
    change: 'removed' as const,
  }))
  await trx
    .deleteFrom('patkit_answer')
    .where(({ and }) => and(ownedBy(owner)))
    .execute()
  await endSignIns(trx, owner)
  await removeAdministrator(trx, owner)
  const changed = [...own, ...(await release(trx, erasure))]
  await trx
    .deleteFrom('patkit_principal')
    .where(({ and }) => and({ organization_id: organizationId, id: principalId }))
    .execute()
  await trx.insertInto('patkit_erasure').values(erasureRow(erasure)).execute()
  await keepChanges(trx, [...changed.map(eventOf), event])
  await announceErasure(trx, erasure, changed, announce)
  return changed
}

/**
 * The log keeps no id of the principal: an invalidation of everything stands for those that named it. It is written
 * before they are removed, since the newest row of the log must stay.
 */
async function announceErasure(
  trx: Trx,
  { principalId }: Erasure,
  changed: readonly ErasedToken[],
  announce: Announce,
): Promise<void> {
  await announce(trx, [...changed.map(invalidationOf), { kind: 'all' }], principalId)
  await trx
    .deleteFrom('patkit_invalidation')
    .where(({ and }) => and({ kind: 'principal', id: principalId }))
    .execute()
}

/** Tokens of others that act for the principal are revoked, and act for its pseudonym: an id that returns finds none. */
async function release(trx: Trx, erasure: Erasure): Promise<readonly ErasedToken[]> {
  const { organizationId, principalId, pseudonym, begunAt } = erasure
  const rows = await trx
    .selectFrom('patkit_token')
    .select(['id', 'principal_id', 'version', 'revoked_at'])
    .where(({ and }) => and({ organization_id: organizationId, user_id: principalId }))
    .execute()
  const released = rows.map((row) => ({
    ...{ id: row.id, organizationId, principalId: row.principal_id, version: Number(row.version) + 1 },
    change: row.revoked_at === null ? ('revoked' as const) : ('released' as const),
  }))
  const at = begunAt.getTime()
  for (const batch of batchesOf(released)) {
    await requireUnchanged(trx, batch, {
      ...{ user_id: pseudonym, last_used_ip: null, updated_at: at },
      revoked_at: sql<number>`coalesce(revoked_at, ${at})`,
    })
    const ids = batch.map(({ id }) => id)
    await trx.updateTable('patkit_secret').set({ last_used_ip: null }).where('token_id', 'in', ids).execute()
    await trx.deleteFrom('patkit_answer').where('token_id', 'in', ids).execute()
  }
  return released
}

/** A table of events, and a column of it that names a principal. */
interface Place {
  readonly table: 'patkit_use' | 'patkit_change'
  readonly column: 'principal_id' | 'user_id' | 'actor_id'
}

const PLACES: readonly Place[] = [
  { table: 'patkit_use', column: 'principal_id' },
  { table: 'patkit_use', column: 'user_id' },
  { table: 'patkit_change', column: 'principal_id' },
  { table: 'patkit_change', column: 'actor_id' },
]

/** A batch of events to erase in one place. */
interface Batch extends Place {
  readonly erasure: Erasure
  /** The largest number of events. */
  readonly limit: number
}

/** Erased events are not found again: places without events are skipped. */
async function erasedEvents(db: Kysely<Schema>, engine: Engine, erasure: Erasure, limit: number): Promise<number> {
  for (const place of PLACES) {
    const erased = await eraseIn(db, engine, { ...place, erasure, limit })
    if (erased > 0) return erased
  }
  return 0
}

/** Up to the first event of the next batch, which an index finds as it finds the events. */
async function eraseIn(db: Kysely<Schema>, engine: Engine, batch: Batch): Promise<number> {
  const { column, erasure, limit } = batch
  const { organizationId, principalId, returnedAt, events } = erasure
  const table = sql.table(batch.table)
  const before = returnedAt === null ? sql`` : sql`and at < ${returnedAt.getTime()}`
  const concerned = sql`organization_id = ${organizationId} and ${sql.ref(column)} = ${principalId} ${before}`
  const { rows } = await sql<{ readonly at: Integer; readonly id: string }>`
    select at, id from ${table} where ${concerned} order by at, id limit 1 offset ${limit}`.execute(db)
  const [next] = rows
  const matching = next === undefined ? concerned : sql`${concerned} and ${behind(placeOf(next), true)}`
  const statement =
    events === 'erase' && column === 'principal_id'
      ? sql`delete from ${table} where ${matching}`
      : sql`update ${table} set ${pseudonymised(batch, erasure)} where ${matching}`
  const { numAffectedRows } = await retrying(engine, () => statement.execute(db))
  return Number(numAffectedRows)
}

/** MySQL assigns from left to right: the column that finds the rows comes last. */
function pseudonymised({ table, column }: Place, { principalId, pseudonym }: Erasure): RawBuilder<unknown> {
  const other = table === 'patkit_use' ? 'user_id' : 'actor_id'
  return sql.join([
    ...(column === other
      ? []
      : [
          sql`${sql.ref(other)} = case when ${sql.ref(other)} = ${principalId} then ${pseudonym} else ${sql.ref(other)} end`,
        ]),
    sql`client_ip = null`,
    ...(table === 'patkit_use' ? [sql`path = null`, sql`user_agent = null`] : [sql`reason = null`]),
    sql`${sql.ref(column)} = ${pseudonym}`,
  ])
}

/** Replaces the id in the tokens that the principal made for others. A token made for it meanwhile stays dead. */
async function withdrawName(db: Kysely<Schema>, engine: Engine, erasure: Erasure, limit: number): Promise<number> {
  const { organizationId, principalId, pseudonym, returnedAt } = erasure
  let query = db
    .selectFrom('patkit_token')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where(({ or, eb }) => or([eb('created_by', '=', principalId), eb('user_id', '=', principalId)]))
  if (returnedAt !== null) query = query.where('created_at', '<', returnedAt.getTime())
  const ids = (await query.limit(limit).execute()).map(({ id }) => id)
  if (ids.length === 0) return 0
  const renamed = (column: 'created_by' | 'user_id') =>
    sql<string>`case when ${sql.ref(column)} = ${principalId} then ${pseudonym} else ${sql.ref(column)} end`
  const update = db.updateTable('patkit_token').set({ created_by: renamed('created_by'), user_id: renamed('user_id') })
  await retrying(engine, () => update.where('id', 'in', ids).execute())
  return ids.length
}

function placeOf({ at, id }: { readonly at: Integer; readonly id: string }) {
  return { at: Number(at), id }
}

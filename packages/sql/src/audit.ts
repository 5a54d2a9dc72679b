import type { AuditEvent } from '@patkit/core'
import type { AuditQuery, AuditStore, LoggedEvent, LogPart } from '@patkit/tokens/store'
import { type Kysely, sql } from 'kysely'
import { behind, type EventIndexes, oldest, selectChanges, selectUses } from './audit-select.ts'
import type { Engine } from './engine.ts'
import { lifeOf } from './erasures.ts'
import type { EraseLate } from './late-events.ts'
import { changeOf, useOf } from './rows.ts'
import type { ChangeRow, Integer, Schema, UseRow } from './schema.ts'
import { retrying, type Transact } from './transaction.ts'
import { createInsertUses, LARGEST_INSERT } from './use-insert.ts'
import type { UsePartitions } from './use-partitions.ts'

const TABLES = { uses: 'patkit_use', changes: 'patkit_change' } as const satisfies Record<LogPart, keyof Schema>

interface AuditParts {
  readonly transact: Transact
  readonly engine: Engine
  readonly eraseLate: EraseLate
  /** `null` where the engine has none. */
  readonly partitions: UsePartitions | null
  readonly eventIndexes: EventIndexes
}

/** Uses have a table of their own; change events are committed together with their changes. */
export function createAudit(
  db: Kysely<Schema>,
  { transact, engine, eraseLate, partitions, eventIndexes }: AuditParts,
): AuditStore {
  const insertUses = createInsertUses(db, engine)

  async function listUses(query: AuditQuery): Promise<readonly LoggedEvent[]> {
    const select = selectUses(query, engine, eventIndexes)
    return select === null ? [] : (await sql<UseRow>`${select}`.execute(db)).rows.map(useOf)
  }

  async function listChanges(query: AuditQuery): Promise<readonly LoggedEvent[]> {
    const select = selectChanges(query, engine)
    return select === null ? [] : (await sql<ChangeRow>`${select}`.execute(db)).rows.map(changeOf)
  }

  /** Up to the first event that is to stay of this batch: that is found by an index, as the removal is. */
  async function prune(whose: string | null, part: LogPart, before: Date, limit: number): Promise<number> {
    const table = sql.table(TABLES[part])
    const { isOld, order } = oldest(whose, before, engine)
    const { rows } = await sql<{ readonly at: Integer; readonly id: string }>`
      select at, id from ${table} where ${isOld} order by ${order} limit 1 offset ${limit}`.execute(db)
    const [firstLeft] = rows
    const batch =
      firstLeft === undefined
        ? isOld
        : sql`${isOld} and ${behind({ at: Number(firstLeft.at), id: firstLeft.id }, true)}`
    const { numAffectedRows } = await retrying(engine, () => sql`delete from ${table} where ${batch}`.execute(db))
    return Number(numAffectedRows)
  }

  async function insert(events: readonly AuditEvent[]): Promise<void> {
    if (events.length <= LARGEST_INSERT) return retrying(engine, () => insertUses(db, events))
    await transact(async (trx) => {
      for (let start = 0; start < events.length; start += LARGEST_INSERT) {
        await insertUses(trx, events.slice(start, start + LARGEST_INSERT))
      }
    })
  }

  /** An id that came back sees nothing of its life before. */
  async function inLife(query: AuditQuery): Promise<AuditQuery> {
    const { scope, filter } = query
    const begun = scope !== null && 'principalId' in scope ? await lifeOf(db, scope) : null
    if (begun === null) return query
    const from = filter.from !== null && filter.from > begun ? filter.from : begun
    return { ...query, filter: { ...filter, from } }
  }

  return Object.freeze({
    async write(events: readonly AuditEvent[]) {
      await insert(events)
      await eraseLate(events)
    },

    async list(asked: AuditQuery) {
      const query = await inLife(asked)
      const [uses, changes] = await Promise.all([listUses(query), listChanges(query)])
      if (uses.length === 0 || changes.length === 0) return [...uses, ...changes]
      return [...uses, ...changes].sort(inOrder(query)).slice(0, query.limit)
    },

    async prune(part: LogPart, before: Date, limit: number) {
      const dropped = part === 'uses' ? ((await partitions?.dropBefore(before)) ?? 0) : 0
      return dropped + (await prune(null, part, before, limit))
    },
    pruneOrganization: prune,
  } satisfies AuditStore)
}

function inOrder({ descending }: AuditQuery): (a: LoggedEvent, b: LoggedEvent) => number {
  const direction = descending ? -1 : 1
  return (a, b) => direction * (a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

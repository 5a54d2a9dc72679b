import { type AuditEvent, DENY_REASONS } from '@patkit/core'
import type { AuditQuery, AuditScope, AuditStore, EventKind, EventPlace, LoggedEvent } from '@patkit/tokens'
import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { changeOf, useOf, useRow } from './rows.ts'
import type { ChangeRow, Integer, Schema, UseRow } from './schema.ts'
import { retrying, type Transact } from './transaction.ts'

const TABLES = { uses: 'patkit_use', changes: 'patkit_change' } as const satisfies Record<EventKind, keyof Schema>
/** Rows of one statement, within the parameters that every engine takes. */
const LARGEST_WRITE = 512

/** Uses in a table of their own, changes where they are committed together with what they tell. */
export function createAudit(db: Kysely<Schema>, transact: Transact, engine: Engine): AuditStore {
  const insertUses = createInsertUses(db, engine)
  return Object.freeze({
    async write(events: readonly AuditEvent[]) {
      if (events.length <= LARGEST_WRITE) return retrying(engine, () => insertUses(db, events))
      await transact(async (trx) => {
        for (let start = 0; start < events.length; start += LARGEST_WRITE) {
          await insertUses(trx, events.slice(start, start + LARGEST_WRITE))
        }
      })
    },

    async list(query: AuditQuery) {
      const [uses, changes] = await Promise.all([listUses(db, query), listChanges(db, query)])
      if (uses.length === 0 || changes.length === 0) return [...uses, ...changes]
      return [...uses, ...changes].sort(inOrder(query)).slice(0, query.limit)
    },

    async prune(kind: EventKind, before: Date, limit: number) {
      const table = sql.table(TABLES[kind])
      const isOld = sql`at < ${before.getTime()}`
      const { rows } = await sql<{ readonly at: Integer; readonly id: string }>`
        select at, id from ${table} where ${isOld} order by at, id limit 1 offset ${limit - 1}`.execute(db)
      const [last] = rows
      const batch =
        last === undefined
          ? isOld
          : sql`at <= ${last.at} and (at < ${last.at} or (at = ${last.at} and id <= ${last.id}))`
      const { numAffectedRows } = await retrying(engine, () => sql`delete from ${table} where ${batch}`.execute(db))
      return Number(numAffectedRows)
    },
  } satisfies AuditStore)
}

/**
 * One statement a batch, so that all of it is there or nothing. Compiled once for each power of two; what a batch lacks
 * is filled with its last event, which is there already then.
 */
function createInsertUses(
  db: Kysely<Schema>,
  { keepFirst }: Engine,
): (on: Kysely<Schema>, events: readonly AuditEvent[]) => Promise<void> {
  const compiled = new Map<number, CompiledQuery>()

  function statement(size: number, row: UseRow): CompiledQuery {
    const known = compiled.get(size)
    if (known !== undefined) return known
    const columns = sql.join(Object.keys(row).map((name) => sql.ref(name)))
    const values = sql`(${sql.join(Object.values(row))})`
    const rows = sql.join(Array.from({ length: size }, () => values))
    const query = sql`insert into patkit_use (${columns}) values ${rows} ${keepFirst}`.compile(db)
    compiled.set(size, query)
    return query
  }

  return async (on, events) => {
    const rows = events.map(useRow)
    const last = rows.at(-1)
    if (last === undefined) return
    const size = 2 ** Math.ceil(Math.log2(rows.length))
    while (rows.length < size) rows.push(last)
    await on.executeQuery({ ...statement(size, last), parameters: rows.flatMap((row) => Object.values(row)) })
  }
}

async function listUses(db: Kysely<Schema>, query: AuditQuery): Promise<readonly LoggedEvent[]> {
  const { scope, filter } = query
  if (filter.outcome === 'changed') return []
  const conditions = shared(query)
  if (filter.clientIp !== null) conditions.push(sql`client_ip = ${filter.clientIp}`)
  const isNarrow = filter.tokenId !== null || filter.clientIp !== null || (scope !== null && 'principalId' in scope)
  const branches = outcomes(query, isNarrow).map((outcome) => [...conditions, ...outcome])
  const { rows } = await sql<UseRow>`${union('patkit_use', branches, query)}`.execute(db)
  return rows.map(useOf)
}

/**
 * Denials alone are rare among uses, and no index finds "all but allowed": they are read reason by reason, unless
 * another filter leaves few enough.
 */
function outcomes({ filter }: AuditQuery, isNarrow: boolean): readonly (readonly RawBuilder<unknown>[])[] {
  if (filter.reason !== null) return [[sql`outcome = ${filter.reason}`]]
  if (filter.outcome === 'allowed') return [[sql`outcome = 'allowed'`]]
  if (filter.outcome !== 'denied') return [[]]
  return isNarrow ? [[sql`outcome <> 'allowed'`]] : DENY_REASONS.map((reason) => [sql`outcome = ${reason}`])
}

async function listChanges(db: Kysely<Schema>, query: AuditQuery): Promise<readonly LoggedEvent[]> {
  const { outcome, reason, clientIp } = query.filter
  if ((outcome !== null && outcome !== 'changed') || reason !== null || clientIp !== null) return []
  const { rows } = await sql<ChangeRow>`${union('patkit_change', [shared(query)], query)}`.execute(db)
  return rows.map(changeOf)
}

/** The first rows of each branch by its own index, and the first of all those. */
function union(
  table: keyof Schema,
  branches: readonly (readonly RawBuilder<unknown>[])[],
  { descending, limit }: AuditQuery,
): RawBuilder<unknown> {
  const direction = descending ? sql`desc` : sql`asc`
  const order = sql`order by at ${direction}, id ${direction} limit ${limit}`
  const selects = branches.map((conditions) => {
    const matching = conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` and `)
    return sql`select * from ${sql.table(table)} where ${matching} ${order}`
  })
  if (selects.length === 1) return selects[0] as RawBuilder<unknown>
  const parts = selects.map((select, index) => sql`select * from (${select}) as ${sql.ref(`branch_${index}`)}`)
  return sql`${sql.join(parts, sql` union all `)} ${order}`
}

/** What both kinds of events can be asked for. */
function shared({ scope, filter, after, descending }: AuditQuery): RawBuilder<unknown>[] {
  const { tokenId, from, until } = filter
  return [
    ...owned(scope),
    ...(tokenId === null ? [] : [sql`token_id = ${tokenId}`]),
    ...(from === null ? [] : [sql`at >= ${from.getTime()}`]),
    ...(until === null ? [] : [sql`at < ${until.getTime()}`]),
    ...(after === null ? [] : [behind(after, descending)]),
  ]
}

function owned(scope: AuditScope): readonly RawBuilder<unknown>[] {
  if (scope === null) return []
  const organization = sql`organization_id = ${scope.organizationId}`
  return 'principalId' in scope ? [organization, sql`principal_id = ${scope.principalId}`] : [organization]
}

/** In a form that every engine takes for a range of instants. */
function behind({ at, id }: EventPlace, descending: boolean): RawBuilder<unknown> {
  return descending ? sql`at <= ${at} and (at < ${at} or id < ${id})` : sql`at >= ${at} and (at > ${at} or id > ${id})`
}

function inOrder({ descending }: AuditQuery): (a: LoggedEvent, b: LoggedEvent) => number {
  const direction = descending ? -1 : 1
  return (a, b) => direction * (a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

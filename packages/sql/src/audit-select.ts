import { DENY_REASONS } from '@patkit/core/adapter'
import type { AuditQuery, EventPlace } from '@patkit/tokens/store'
import { type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'

type Column = 'token_id' | 'request_id' | 'client_ip' | 'outcome' | 'organization_id' | 'principal_id'
/** What columns must be equal to. */
type Equal = Partial<Record<Column, string>>

/** All of an organization's events may be nearly all there are. */
const ORGANIZATION: readonly Column[] = ['organization_id']
/** The indexes of uses: `token-and-organization` makes writing cheaper, and other filters search within those two. */
export type EventIndexes = 'all' | 'token-and-organization'

type Indexes = readonly (readonly Column[])[]

const REQUEST: readonly Column[] = ['request_id']
/** The columns of indexes that end with the instant, those that leave the fewest events first. */
const INDEXES: Indexes = [
  REQUEST,
  ['token_id'],
  ['client_ip'],
  ['organization_id', 'principal_id'],
  ['outcome'],
  ORGANIZATION,
]
const OWN_INDEXES: Readonly<Record<EventIndexes, Indexes>> = {
  all: INDEXES,
  'token-and-organization': [['token_id'], ORGANIZATION],
}
/** Of an event and those that withdraw it, the last one counts. Ids grow. */
const NOT_WITHDRAWN = sql`not exists (
  select 1 from ${sql.table('patkit_use')} as later
  where later.withdraws = coalesce(${sql.ref('patkit_use.withdraws')}, ${sql.ref('patkit_use.id')})
    and later.id > ${sql.ref('patkit_use.id')})`
/** Before and behind every instant. */
const FIRST = Number.MIN_SAFE_INTEGER
const LAST = Number.MAX_SAFE_INTEGER

/** @returns `null` where no use can be asked for */
export function selectUses(query: AuditQuery, engine: Engine, present: EventIndexes): RawBuilder<unknown> | null {
  const indexes = OWN_INDEXES[present]
  const { clientIp, requestId, outcome, reason } = query.filter
  if (outcome === 'changed') return null
  const equal = {
    ...shared(query),
    ...(clientIp !== null && { client_ip: clientIp }),
    ...(requestId !== null && { request_id: requestId }),
  }
  const uses = { table: 'patkit_use', indexes, equal, also: [NOT_WITHDRAWN] } as const
  const select = (more: Equal) => selectOf({ ...uses, equal: { ...equal, ...more } }, query, engine)
  if (reason !== null) return select({ outcome: reason })
  if (outcome === 'allowed') return select({ outcome })
  if (outcome === null) return select({})
  const index = indexOf(indexes, equal)
  if (present !== 'all' || (index !== null && index !== ORGANIZATION)) {
    return selectOf({ ...uses, also: [sql`outcome <> 'allowed'`, NOT_WITHDRAWN] }, query, engine)
  }
  // Denials are rare, and no index finds "all but allowed": reason by reason, each by its own.
  return union(
    DENY_REASONS.map((denied) => select({ outcome: denied })),
    query,
  )
}

/** @returns `null` where no change can be asked for */
export function selectChanges(query: AuditQuery, engine: Engine): RawBuilder<unknown> | null {
  const { clientIp, requestId, outcome, reason } = query.filter
  if (outcome !== null && outcome !== 'changed') return null
  if (reason !== null || clientIp !== null || requestId !== null) return null
  return selectOf({ table: 'patkit_change', indexes: INDEXES, equal: shared(query), also: [] }, query, engine)
}

/** What both kinds of events can be asked for. */
function shared({ scope, filter }: AuditQuery): Equal {
  return {
    ...(filter.tokenId !== null && { token_id: filter.tokenId }),
    ...(scope !== null && { organization_id: scope.organizationId }),
    ...(scope !== null && 'principalId' in scope && { principal_id: scope.principalId }),
  }
}

function indexOf(indexes: Indexes, equal: Equal): readonly Column[] | null {
  return indexes.find((columns) => columns.every((column) => equal[column] !== undefined)) ?? null
}

interface Selection {
  readonly table: 'patkit_use' | 'patkit_change'
  readonly indexes: Indexes
  readonly equal: Equal
  /** Conditions beside those of the query. */
  readonly also: readonly RawBuilder<unknown>[]
}

function selectOf({ table, indexes, equal, also }: Selection, query: AuditQuery, engine: Engine): RawBuilder<unknown> {
  const index = engine.rangesOfRows ? indexOf(indexes, equal) : null
  const rest = (Object.keys(equal) as Column[]).filter((column) => index === null || !index.includes(column))
  const conditions = [
    ...(index === null ? [] : [withinRows(index, equal, query)]),
    // The index has no other rows, which engines do not conclude from a range.
    ...(index === REQUEST ? [sql`request_id is not null`] : []),
    ...rest.map((column) => sql`${sql.ref(column)} = ${equal[column]}`),
    ...also,
    ...during(query),
  ]
  const matching = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
  return sql`select * from ${sql.table(table)} ${matching} ${inOrder(index ?? [], query)}`
}

/**
 * Equality of the columns of an index, and the requested instants, as one range of it. PostgreSQL reads rows that are
 * only equal in the order of time when it takes that for frequent: all of a long log, where it was frequent long ago.
 */
function withinRows(index: readonly Column[], equal: Equal, query: AuditQuery): RawBuilder<unknown> {
  const { from, until } = query.filter
  const place = query.after?.at
  const first = Math.max(from?.getTime() ?? FIRST, query.descending ? FIRST : (place ?? FIRST))
  const last = Math.min(until?.getTime() ?? LAST, query.descending ? (place ?? LAST) : LAST)
  const columns = sql.join([...index, 'at'].map((column) => sql.ref(column)))
  const row = (at: number) => sql`(${sql.join([...index.map((column) => equal[column]), at])})`
  return sql`(${columns}) >= ${row(first)} and (${columns}) <= ${row(last)}`
}

/** The events of an organization, or all, before an instant, oldest first: for their removal. */
export function oldest(
  organizationId: string | null,
  before: Date,
  { rangesOfRows }: Engine,
): { readonly isOld: RawBuilder<unknown>; readonly order: RawBuilder<unknown> } {
  const at = before.getTime()
  if (organizationId === null) return { isOld: sql`at < ${at}`, order: sql`at, id` }
  const isOld = rangesOfRows
    ? sql`(organization_id, at) >= (${organizationId}, ${FIRST}) and (organization_id, at) < (${organizationId}, ${at})`
    : sql`organization_id = ${organizationId} and at < ${at}`
  return { isOld, order: sql`organization_id, at, id` }
}

function during({ filter: { from, until }, after, descending }: AuditQuery): readonly RawBuilder<unknown>[] {
  return [
    ...(from === null ? [] : [sql`at >= ${from.getTime()}`]),
    ...(until === null ? [] : [sql`at < ${until.getTime()}`]),
    ...(after === null ? [] : [behind(after, descending)]),
  ]
}

/** The rows after a place, in a form that every engine takes for a range of instants. */
export function behind({ at, id }: EventPlace, descending: boolean): RawBuilder<unknown> {
  return descending ? sql`at <= ${at} and (at < ${at} or id < ${id})` : sql`at >= ${at} and (at > ${at} or id > ${id})`
}

/** The first of each, and the first of all those. */
function union(selects: readonly RawBuilder<unknown>[], query: AuditQuery): RawBuilder<unknown> {
  const parts = selects.map((select, index) => sql`select * from (${select}) as ${sql.ref(`branch_${index}`)}`)
  return sql`${sql.join(parts, sql` union all `)} ${inOrder([], query)}`
}

function inOrder(index: readonly Column[], { descending, limit }: AuditQuery): RawBuilder<unknown> {
  const direction = descending ? sql`desc` : sql`asc`
  const columns = [...index, 'at', 'id'].map((column) => sql`${sql.ref(column)} ${direction}`)
  return sql`order by ${sql.join(columns)} limit ${limit}`
}

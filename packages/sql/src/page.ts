import { foldedText, type ListQuery, NEVER_USED, NO_END, type Owner, type StoredPage } from '@patkit/tokens/store'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { endOf, hasEnded, hasStatus, isShortened } from './life.ts'
import { escaped, like } from './like.ts'
import { tokenOf } from './rows.ts'
import type { Integer, Schema, TokenRow } from './schema.ts'

/** The sort expression. Missing values have a place: never used sorts first, without an end last. */
const SORT_KEYS: Readonly<Record<Exclude<ListQuery['sort'], 'endsAt'>, RawBuilder<unknown>>> = {
  createdAt: sql`created_at`,
  name: sql`name`,
  lastUsedAt: sql`coalesce(last_used_at, ${sql.lit(NEVER_USED)})`,
  expiresAt: sql`coalesce(expires_at, ${sql.lit(NO_END)})`,
}

export async function readPage(
  db: Kysely<Schema>,
  engine: Engine,
  where: Owner | Pick<Owner, 'organizationId'>,
  query: ListQuery,
): Promise<StoredPage> {
  const matching = sql.join(conditions(engine, where, query), sql` and `)
  const key = query.sort === 'endsAt' ? endOf(query.life, engine) : SORT_KEYS[query.sort]
  const direction = query.descending ? sql`desc` : sql`asc`
  const offset = 'offset' in query.from ? query.from.offset : 0
  const { rows } = await sql<TokenRow>`
    select * from ${sql.table('patkit_token')}
    where ${matching} and ${behind(query, key)}
    order by ${key} ${direction}, id ${direction}
    limit ${query.limit + 1} offset ${offset}`.execute(db)
  const total = await sql<{ total: Integer }>`
    select count(*) as total from ${sql.table('patkit_token')} where ${matching}`.execute(db)
  return {
    items: rows.slice(0, query.limit).map(tokenOf),
    more: rows.length > query.limit,
    total: Number(total.rows[0]?.total),
  }
}

function conditions(
  engine: Engine,
  where: Owner | Pick<Owner, 'organizationId'>,
  query: ListQuery,
): RawBuilder<unknown>[] {
  const all: RawBuilder<unknown>[] = [sql`organization_id = ${where.organizationId}`]
  if ('principalId' in where) all.push(sql`principal_id = ${where.principalId}`)
  if (query.status !== 'all') all.push(hasStatus(query.status, query.life, query.now))
  // In whole milliseconds: before an instant is at the one before it, or earlier.
  if (query.endsBefore !== null) all.push(hasEnded(query.life, query.endsBefore.getTime() - 1))
  if (query.expiredUnder !== null) all.push(hasEnded(query.expiredUnder, query.now.getTime()))
  if (query.shortenedUnder !== null) all.push(isShortened(query.shortenedUnder, query.life, engine, query.now))
  if (query.search !== null) all.push(like('search', `%${escaped(foldedText(query.search))}%`))
  // Name and description are one column with a line break between them, which neither can hold.
  if (query.name !== null) all.push(like('search', `%${escaped(foldedText(query.name))}%\n%`))
  return all
}

function behind({ from, descending }: ListQuery, key: RawBuilder<unknown>): RawBuilder<unknown> {
  if ('offset' in from || from.after === null) return sql`1 = 1`
  const { value, id } = from.after
  const beyond = descending ? sql`<` : sql`>`
  return sql`(${key} ${beyond} ${value} or (${key} = ${value} and id ${beyond} ${id}))`
}

import { type DueNotice, dueNotice, type NoticeKey, type NoticeQuery, type TokenStore } from '@patkit/tokens/store'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { endOf, hasEnded } from './life.ts'
import { tokenOf } from './rows.ts'
import type { Schema, TokenRow } from './schema.ts'
import { retrying } from './transaction.ts'

type Notices = Pick<TokenStore, 'claimNotices' | 'confirmNotices'>

export function createNotices(db: Kysely<Schema>, engine: Engine): Notices {
  /** What another caller has claimed before is passed over, and others are looked for in its place. */
  async function claimNotices(query: NoticeQuery): Promise<readonly DueNotice[]> {
    const claimed: DueNotice[] = []
    for (;;) {
      const due = await dueNotices(db, engine, { ...query, limit: query.limit - claimed.length })
      for (const notice of due) if (await claim(db, engine, notice, query)) claimed.push(notice)
      if (due.length === 0 || claimed.length >= query.limit) return claimed
    }
  }

  return {
    claimNotices,
    async confirmNotices(notices, now) {
      let confirmed = 0
      for (const notice of notices) {
        const update = waiting(db, notice).set({ confirmed_at: now.getTime() })
        const { numUpdatedRows } = await retrying(engine, () => update.executeTakeFirst())
        confirmed += Number(numUpdatedRows)
      }
      return confirmed
    },
  }
}

/** Removes the state of notices of past ends. */
export async function pruneNotices(db: Kysely<Schema>, now: Date): Promise<void> {
  await db.deleteFrom('patkit_notice').where('ends_at', '<=', now.getTime()).execute()
}

async function dueNotices(db: Kysely<Schema>, engine: Engine, query: NoticeQuery): Promise<readonly DueNotice[]> {
  const { withinMs, now, life, claimedBefore, limit } = query
  const at = now.getTime()
  const end = endOf(life, engine)
  const { rows } = await sql<TokenRow>`
    select t.* from ${sql.table('patkit_token')} t
    left join ${sql.table('patkit_notice')} n
      on n.token_id = t.id and n.ends_at = ${end} and n.within_ms = ${shortest(end, query)}
    where revoked_at is null and ${hasEnded(life, at + Math.max(...withinMs))} and not ${hasEnded(life, at)}
      and ${countsIdle(end, query, engine)}
      and (n.token_id is null or (n.confirmed_at is null and n.claimed_at <= ${claimedBefore.getTime()}))
    order by ${end}, t.id limit ${limit}`.execute(db)
  return rows.flatMap((row) => {
    const token = tokenOf(row)
    const key = dueNotice(token, query)
    return key === null ? [] : [{ ...key, token }]
  })
}

/** The fewest of the days within which the end is. */
function shortest(end: RawBuilder<number>, { withinMs, now }: NoticeQuery): RawBuilder<number> {
  const cases = withinMs.map((ms) => sql`when ${end} <= ${sql.lit(now.getTime() + ms)} then ${sql.lit(ms)}`)
  return sql<number>`(case ${sql.join(cases, sql` `)} else 0 end)`
}

/** Every token that is used would soon have another notice, where its end by idleness is within the days. */
function countsIdle(end: RawBuilder<number>, query: NoticeQuery, engine: Engine): RawBuilder<boolean> {
  const { idleMs } = query.life
  if (idleMs === null) return sql<boolean>`1 = 1`
  const fixed = endOf({ ...query.life, idleMs: null }, engine)
  return sql<boolean>`(${fixed} <= ${end} or ${shortest(end, query)} < ${sql.lit(idleMs)})`
}

/** One of those who claim at the same time changes the row, or adds it. */
async function claim(
  db: Kysely<Schema>,
  engine: Engine,
  notice: NoticeKey,
  { now, claimedBefore }: NoticeQuery,
): Promise<boolean> {
  const claimed_at = now.getTime()
  const again = waiting(db, notice).set({ claimed_at }).where('claimed_at', '<=', claimedBefore.getTime())
  if ((await retrying(engine, () => again.executeTakeFirst())).numUpdatedRows > 0n) return true
  const insert = db.insertInto('patkit_notice').values({ ...columns(notice), claimed_at, confirmed_at: null })
  try {
    await retrying(engine, () => insert.execute())
    return true
  } catch (error) {
    if (engine.isDuplicate(error)) return false
    throw error
  }
}

function waiting(db: Kysely<Schema>, notice: NoticeKey) {
  return db
    .updateTable('patkit_notice')
    .where(({ and }) => and(columns(notice)))
    .where('confirmed_at', 'is', null)
}

function columns({ tokenId, endsAt, withinMs }: NoticeKey) {
  return { token_id: tokenId, ends_at: endsAt.getTime(), within_ms: withinMs }
}

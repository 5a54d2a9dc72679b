import { type LifeRules, type ListStatus, NO_END } from '@patkit/tokens/store'
import { type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'

/** Whether a token has a status at an instant, as `lifeEnd` of @patkit/tokens has it. */
export function hasStatus(status: Exclude<ListStatus, 'all'>, life: LifeRules, now: Date): RawBuilder<boolean> {
  if (status === 'revoked') return sql<boolean>`revoked_at is not null`
  if (status === 'unrevoked') return sql<boolean>`revoked_at is null`
  const ended = hasEnded(life, now.getTime())
  return status === 'expired'
    ? sql<boolean>`(revoked_at is null and ${ended})`
    : sql<boolean>`(revoked_at is null and not ${ended})`
}

/** `lifeEnd` of @patkit/tokens in epoch milliseconds, `NO_END` for none. */
export function endOf({ maximumMs, idleMs, endRequired }: LifeRules, engine: Engine): RawBuilder<number> {
  const ends = [sql`coalesce(expires_at, ${endRequired ? sql`issued_at` : sql.lit(NO_END)})`]
  if (maximumMs !== null) ends.push(sql`issued_at + ${sql.lit(maximumMs)}`)
  if (idleMs !== null) {
    ends.push(sql`${engine.greatest}(issued_at, coalesce(last_used_at, issued_at)) + ${sql.lit(idleMs)}`)
  }
  return ends.length === 1 ? sql<number>`${ends[0]}` : sql<number>`${engine.least}(${sql.join(ends)})`
}

/** Whether a token's end is at an instant or before, revoked or not; in a form that indexes on its parts can find. */
export function hasEnded({ maximumMs, idleMs, endRequired }: LifeRules, now: number): RawBuilder<boolean> {
  const ends = [sql`(expires_at is not null and expires_at <= ${now})`]
  if (maximumMs !== null) ends.push(sql`issued_at <= ${now - maximumMs}`)
  if (idleMs !== null) {
    const since = now - idleMs
    ends.push(sql`(issued_at <= ${since} and (last_used_at is null or last_used_at <= ${since}))`)
  }
  if (endRequired) ends.push(sql`(expires_at is null and issued_at <= ${now})`)
  return sql<boolean>`(${sql.join(ends, sql` or `)})`
}

/** `isShortened` of @patkit/tokens. */
export function isShortened(other: LifeRules, life: LifeRules, engine: Engine, now: Date): RawBuilder<boolean> {
  const fixed = endOf({ ...other, idleMs: null }, engine)
  return sql<boolean>`(not ${hasEnded(other, now.getTime())} and ${fixed} < ${endOf({ ...life, idleMs: null }, engine)})`
}

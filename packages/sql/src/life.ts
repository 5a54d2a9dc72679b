import type { LifeRules, ListStatus } from '@patkit/tokens'
import { type RawBuilder, sql } from 'kysely'

/** Whether a token has a status at an instant, as `lifeEnd` of @patkit/tokens has it. */
export function hasStatus(status: Exclude<ListStatus, 'all'>, life: LifeRules, now: Date): RawBuilder<boolean> {
  if (status === 'revoked') return sql<boolean>`revoked_at is not null`
  if (status === 'unrevoked') return sql<boolean>`revoked_at is null`
  const ended = hasEnded(life, now.getTime())
  return status === 'expired'
    ? sql<boolean>`(revoked_at is null and ${ended})`
    : sql<boolean>`(revoked_at is null and not ${ended})`
}

function hasEnded({ maximumMs, idleMs, endRequired }: LifeRules, now: number): RawBuilder<boolean> {
  const ends = [sql`(expires_at is not null and expires_at <= ${now})`]
  if (maximumMs !== null) ends.push(sql`issued_at <= ${now - maximumMs}`)
  if (idleMs !== null) {
    const since = now - idleMs
    ends.push(sql`(issued_at <= ${since} and (last_used_at is null or last_used_at <= ${since}))`)
  }
  if (endRequired) ends.push(sql`(expires_at is null and issued_at <= ${now})`)
  return sql<boolean>`(${sql.join(ends, sql` or `)})`
}

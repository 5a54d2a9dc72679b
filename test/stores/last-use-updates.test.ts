import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../servers/engine.ts'
import { type OwnPostgres, ownPostgres } from '../servers/postgres.ts'

const POSTGRES = ENGINES.find(({ name }) => name === 'PostgreSQL') as (typeof ENGINES)[number]
const ACTOR = { id: 'actor', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const TOKENS = 1_000
/** The columns that a flush of last uses writes. */
const WRITTEN = ['last_used_at', 'last_used_ip', 'use_count']

interface Updates {
  readonly all: number
  /** Those that left every index as it is. */
  readonly hot: number
}

describe.skipIf(POSTGRES.missing)('last uses on PostgreSQL', () => {
  let server: OwnPostgres
  let db: Kysely<unknown>
  const records: { readonly id: string; readonly digest: string }[] = []

  beforeAll(async () => {
    // Of its own: an open transaction in any database of a server keeps the old rows of all in their pages.
    server = await ownPostgres()
    // One connection, whose counters are then those of all statements.
    db = new Kysely({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: server.url, max: 1 }) }),
    })
    // Its transactions are open for a while as well.
    await sql`alter system set autovacuum = off`.execute(db)
    await sql`select pg_reload_conf()`.execute(db)
    const store = sqlStore({ db })
    await store.migrate()
    const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    for (let n = 0; n < TOKENS; n++) {
      const { token, secret } = await tokens.create(ACTOR, OWNER, { name: `t${n}`, scopes: ['drive:read'] })
      records.push({ id: token.id, digest: secret.digest })
    }
  })

  afterAll(async () => {
    await db.destroy()
    await server.stop()
  })

  /** The updates of tokens so far. Asking on the connection that wrote them leaves nothing uncounted. */
  async function updates(): Promise<Updates> {
    await sql`select pg_stat_force_next_flush()`.execute(db)
    const { rows } = await sql<Updates>`
      select n_tup_upd::int as ${sql.ref('all')}, n_tup_hot_upd::int as hot
      from pg_stat_user_tables where relname = 'patkit_token'`.execute(db)
    return rows[0] as Updates
  }

  test('no index has a column that a flush writes', async () => {
    const { rows } = await sql<{ column: string }>`
      select a.attname as ${sql.ref('column')} from pg_index i
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
      where i.indrelid = 'patkit_token'::regclass`.execute(db)
    const indexed = rows.map(({ column }) => column)
    expect(indexed).toContain('expires_at')
    expect(indexed.filter((column) => WRITTEN.includes(column))).toEqual([])
  })

  test.each([
    ['a twentieth of the tokens is used before each flush', 60, 20],
    ['every token is used before each flush', 6, 1],
  ] as const)('at least 95 in 100 updates write no index where %s', async (_, flushes, oneIn) => {
    const failures: unknown[] = []
    const tokens = createTokenService({
      store: sqlStore({ db }),
      format: tokenFormat({ prefix: 'acme' }),
      onError: (cause) => failures.push(cause),
    })
    const { resolveMany, onUse } = tokens.verifierOptions
    const found = await resolveMany(
      records.map(({ digest }) => digest),
      { signal: new AbortController().signal },
    )
    const before = await updates()
    for (let flush = 1; flush <= flushes; flush++) {
      for (const { digest } of shuffled(records, flush).slice(0, TOKENS / oneIn)) {
        onUse?.(found.get(digest) as never, Date.now() + flush * 60_000, '10.0.0.1')
      }
      await tokens.flush()
    }
    const after = await updates()
    await tokens.close()
    expect(failures).toEqual([])
    expect(after.all - before.all).toBe((flushes * TOKENS) / oneIn)
    expect((after.hot - before.hot) / (after.all - before.all)).toBeGreaterThanOrEqual(0.95)
  })
})

/** In an order of its own for each seed: requests do not come in the order in which tokens were made. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state
  }
  return items
    .map((item) => [next(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item)
}

import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type Owner } from '@patkit/tokens'
import { type CompiledQuery, Kysely, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { capturing } from './captured-dialect.ts'
import { queryPlan } from './query-plan.ts'

const ACTOR = { id: 'actor', scopes: null }
const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }

const BY_PRIMARY_KEY: Readonly<Record<string, RegExp>> = {
  SQLite: /^SEARCH \w+ USING (?:INDEX sqlite_autoindex_\w+_1|PRIMARY KEY) \(/,
  PostgreSQL: /(?:Index Scan using|Bitmap Index Scan on) patkit_\w+_pkey/,
  MariaDB: /^\w (?:const|eq_ref|range|ref) PRIMARY$/,
}

onEachEngine(({ name, open }) => {
  let database: TestDatabase
  let queries: readonly CompiledQuery[] = []
  let digests: string[] = []

  beforeAll(async () => {
    database = await open()
    const sent: CompiledQuery[] = []
    await using store = sqlStore({ dialect: capturing(database.dialect(), (query) => sent.push(query)) })
    await store.migrate()
    const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    // So many that no engine reads a whole table for want of rows.
    const issued = await Promise.all(
      Array.from({ length: 300 }, (_, n) => tokens.create(ACTOR, OWNER, { name: `t${n}`, userId: 'ada' })),
    )
    digests = issued.map(({ secret }) => secret.digest)
    sent.length = 0
    await store.resolveMany(digests.slice(0, 1))
    await store.resolveMany(digests.slice(0, 5))
    await store.resolveMany(digests.slice(0, 64))
    queries = [...sent]
  })

  afterAll(() => database.drop())

  test('reads in one statement, with any number of digests', () => {
    expect(queries).toHaveLength(3)
  })

  test('joins by primary key alone', async () => {
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await db.connection().execute(async (connection) => {
      // One organization has one principal here, which takes no index to read.
      if (name === 'PostgreSQL') await sql`set enable_seqscan = off`.execute(connection)
      for (const query of queries.slice(0, 2)) {
        const { steps } = await queryPlan(connection, name, query)
        expect(steps).toHaveLength(4)
        for (const step of steps) expect(step).toMatch(BY_PRIMARY_KEY[name] as RegExp)
      }
    })
    await db.destroy()
  })
})

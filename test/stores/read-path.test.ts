import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type Owner } from '@patkit/tokens'
import { CompiledQuery, Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { ENGINES, type TestDatabase } from '../servers/engine.ts'
import { capturing } from './captured-dialect.ts'

const ACTOR = { id: 'actor', scopes: null }
const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }

/** What an engine says of a plan, as one text; each step that reads a table, and what it reads by. */
interface Explain {
  readonly prefix: string
  readonly steps: (rows: readonly object[]) => string[]
}

const EXPLAIN: Readonly<Record<string, Explain>> = {
  SQLite: {
    prefix: 'explain query plan',
    steps: (rows) => linesOf(rows, 'detail').filter((line) => /^(?:SEARCH|SCAN)/.test(line)),
  },
  // A heap that is read by a bitmap is read by the index that made the bitmap.
  PostgreSQL: {
    prefix: 'explain',
    steps: (rows) => linesOf(rows, 'QUERY PLAN').filter((line) => /(?<!Heap) Scan /.test(line)),
  },
  MariaDB: { prefix: 'explain', steps: (rows) => linesOf(rows, 'type', 'key') },
}

function linesOf(rows: readonly object[], ...columns: readonly string[]): string[] {
  return rows.map((row) => columns.map((column) => String((row as Record<string, unknown>)[column])).join(' '))
}

const BY_PRIMARY_KEY: Readonly<Record<string, RegExp>> = {
  SQLite: /^SEARCH \w+ USING (?:INDEX sqlite_autoindex_\w+_1|PRIMARY KEY) \(/,
  PostgreSQL: /(?:Index Scan using|Bitmap Index Scan on) patkit_\w+_pkey/,
  MariaDB: /^(?:const|eq_ref|range|ref) PRIMARY$/,
}

describe.each(ENGINES.filter(({ missing }) => !missing))('$name', ({ name, open }) => {
  let database: TestDatabase
  const queries: CompiledQuery[] = []
  let digests: string[] = []

  beforeAll(async () => {
    database = await open()
    await using store = sqlStore({ dialect: capturing(database.dialect(), (query) => queries.push(query)) })
    await store.migrate()
    const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    // So many that no engine reads a whole table for want of rows.
    const issued = await Promise.all(
      Array.from({ length: 300 }, (_, n) => tokens.create(ACTOR, OWNER, { name: `t${n}`, userId: 'ada' })),
    )
    digests = issued.map(({ secret }) => secret.digest)
    queries.length = 0
    await store.resolveMany(digests.slice(0, 1))
    await store.resolveMany(digests.slice(0, 5))
    await store.resolveMany(digests.slice(0, 64))
  }, 60_000)

  afterAll(() => database.drop())

  test('reads in one statement, whatever the number of digests', () => {
    expect(queries).toHaveLength(3)
  })

  test('joins by primary key alone', async () => {
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    const { prefix, steps } = EXPLAIN[name] as Explain
    await db.connection().execute(async (connection) => {
      const run = (statement: string, parameters: readonly unknown[] = []) =>
        connection.executeQuery<object>(CompiledQuery.raw(statement, [...parameters]))
      // One organization has one principal here, which takes no index to read.
      if (name === 'PostgreSQL') await run('set enable_seqscan = off')
      for (const { sql, parameters } of queries.slice(0, 2)) {
        const read = steps((await run(`${prefix} ${sql}`, parameters)).rows)
        expect(read).toHaveLength(4)
        for (const step of read) expect(step).toMatch(BY_PRIMARY_KEY[name] as RegExp)
      }
    })
    await db.destroy()
  })
})

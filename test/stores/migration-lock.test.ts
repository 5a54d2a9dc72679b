import { sqlStore } from '@patkit/sql'
import { type CompiledQuery, Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { ENGINES, onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { startPgBouncer } from '../servers/pgbouncer.ts'
import { capturing } from './captured-dialect.ts'

const { postgres } = inject('servers')
const pgbouncer = inject('programs').pgbouncer
/** As statements that take a lock for migrations write it. */
const LOCKS = /advisory|get_lock|begin immediate/i

/** Takes the lock as a program that migrates does, and keeps it until the release. */
const HOLD: Readonly<Record<string, (db: Kysely<unknown>) => Promise<unknown>>> = {
  SQLite: (db) => sql`begin immediate`.execute(db),
  PostgreSQL: async (db) => {
    await sql`begin`.execute(db)
    await sql`set local application_name = 'deploy'`.execute(db)
    await sql`select pg_advisory_xact_lock(${sql.lit(0x7061746b)}, hashtext(current_schema() || '.patkit_'))`.execute(
      db,
    )
  },
  MariaDB: (db) => sql`select get_lock(concat('patkit ', sha1(concat(database(), '.', 'patkit_'))), 1)`.execute(db),
}
const RELEASE: Readonly<Record<string, (db: Kysely<unknown>) => Promise<unknown>>> = {
  SQLite: (db) => sql`rollback`.execute(db),
  PostgreSQL: (db) => sql`rollback`.execute(db),
  MariaDB: (db) => sql`select release_all_locks()`.execute(db),
}
const SENTENCE: Readonly<Record<string, RegExp>> = {
  SQLite: /^another program has been writing to this database for 1 seconds; SQLite does not say which/,
  PostgreSQL: /within 1 seconds: held by session \d+ \(application "deploy", user \w+\), active since 20\d\d-/,
  MariaDB: /within 1 seconds: held by session \d+ \(user \w+@[^)]+\), active since 20\d\d-/,
}

onEachEngine(({ name, open }) => {
  let database: TestDatabase

  beforeEach(async () => {
    database = await open()
  })
  afterEach(() => database.drop())

  test('a wait ends after seconds, and says who holds the lock', async () => {
    const other = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await using store = sqlStore({ dialect: database.dialect() })
    await other.connection().execute(async (connection) => {
      await HOLD[name]?.(connection)
      await expect(store.migrate({ waitSeconds: 1 })).rejects.toThrow(SENTENCE[name])
      await RELEASE[name]?.(connection)
    })
    await other.destroy()
    await using again = sqlStore({ dialect: database.dialect() })
    expect((await again.migrate()).length).toBeGreaterThan(0)
  })

  test('no lock is taken where nothing is pending', async () => {
    const queries: CompiledQuery[] = []
    await using store = sqlStore({ dialect: capturing(database.dialect(), (query) => queries.push(query)) })
    const taken = () => queries.filter((query) => LOCKS.test(query.sql)).length
    await store.migrate()
    expect(taken()).toBeGreaterThan(0)
    queries.length = 0
    await store.migrate()
    expect(queries.length).toBeGreaterThan(0)
    expect(taken()).toBe(0)
  })
})

describe.skipIf(postgres === null || pgbouncer === null)('through PgBouncer, which hands connections on', () => {
  test('start after start migrates, several at once, and no lock stays behind', async () => {
    const database = await (ENGINES.find(({ name }) => name === 'PostgreSQL') as (typeof ENGINES)[number]).open()
    const pooler = await startPgBouncer(pgbouncer as string, postgres as string)
    const direct = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    const start = async () => {
      await using store = sqlStore({ dialect: dialectOf(pooler.urlOf(database.url)) })
      return store.migrate()
    }
    const first = await Promise.all([start(), start(), start()])
    expect(first.flat().length).toBeGreaterThan(0)
    for (let n = 0; n < 4; n++) {
      await sql`delete from patkit_migration where name > ${'0105'}`.execute(direct)
      expect((await start()).length).toBeGreaterThan(0)
    }
    const { rows } = await sql`
      select pid from pg_locks where locktype = 'advisory' and database = (
        select oid from pg_database where datname = current_database())`.execute(direct)
    expect(rows).toEqual([])
    await direct.destroy()
    await pooler.stop()
    await database.drop()
  })
})

import { sqlStore } from '@patkit/sql'
import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { type Engine, onEachEngine, type TestDatabase } from '../servers/engine.ts'

/** The names of the indexes of uses, the primary key excepted. */
const NAMES: Readonly<Record<Engine['name'], string>> = {
  SQLite: "select name from sqlite_master where type = 'index' and tbl_name = 'patkit_use' and sql is not null",
  PostgreSQL: "select indexname as name from pg_indexes where tablename = 'patkit_use' and indexname not like '%pkey'",
  MariaDB:
    "select distinct index_name as name from information_schema.statistics where table_schema = database() and table_name = 'patkit_use' and index_name <> 'PRIMARY'",
}

async function indexesOf({ url }: TestDatabase, engine: Engine['name']): Promise<readonly string[]> {
  const db = new Kysely<unknown>({ dialect: dialectOf(url) })
  const { rows } = await sql<{ readonly name: string }>`${sql.raw(NAMES[engine])}`.execute(db)
  await db.destroy()
  return rows.map(({ name }) => name).sort()
}

onEachEngine(({ name, open }) => {
  test('indexes are made and removed where the option is given, and left alone without it', async () => {
    const database = await open()
    const migrated = async (options: object) => {
      await using store = sqlStore({ dialect: database.dialect(), ...options })
      await store.migrate()
      await store.migrate()
      return indexesOf(database, name)
    }
    const all = await migrated({})
    expect(all.length).toBeGreaterThan(5)
    const few = await migrated({ eventIndexes: 'token-and-organization' })
    expect(all.length - few.length).toBe(5)
    expect(few).toContain('patkit_use_token')
    expect(few).toContain('patkit_use_organization')
    expect(await migrated({})).toEqual(few)
    expect(await migrated({ eventIndexes: 'all' })).toEqual(all)
    await database.drop()
  })
})

test('another value is refused by name', () => {
  const dialect = dialectOf('sqlite::memory:')
  expect(() => sqlStore({ dialect, eventIndexes: 'none' as never })).toThrow('"eventIndexes"')
})

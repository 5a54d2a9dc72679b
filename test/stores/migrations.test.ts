import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sqlStore } from '@patkit/sql'
import { Kysely, MysqlDialect, PostgresDialect, SqliteDialect, sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'

const PROGRAM = fileURLToPath(new URL('./migrate-program.ts', import.meta.url))

onEachEngine(({ open }) => {
  let database: TestDatabase

  beforeEach(async () => {
    database = await open()
  })
  afterEach(() => database.drop())

  test('runs every migration once', async () => {
    await using store = sqlStore({ dialect: database.dialect() })
    const { pendingMigrations: all } = await store.inspect()
    const names = await store.migrate()
    expect(names.length).toBeGreaterThan(0)
    expect(names).toEqual(all)
    expect(names).toEqual(names.toSorted())
    expect(await store.migrate()).toEqual([])
  })

  test('four programs at once run every migration once', async () => {
    const run = () => promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM, database.url])
    await using store = sqlStore({ dialect: database.dialect() })
    const { pendingMigrations: all } = await store.inspect()
    const outputs = await Promise.all([run(), run(), run(), run()])
    const names = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[])
    expect(names.toSorted()).toEqual(all)
  })

  test('goes on where a run has broken off', async () => {
    await using store = sqlStore({ dialect: database.dialect() })
    const names = await store.migrate()
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await sql`delete from patkit_migration where name > ${'0007'}`.execute(db)
    await db.destroy()
    const undone = names.filter((name) => name > '0007')
    expect(undone.length).toBeGreaterThan(0)
    expect(await store.migrate()).toEqual(undone)
  })
})

test('an engine that the dialect does not tell is asked for', () => {
  const odd = { createAdapter: () => ({}) }
  expect(() => sqlStore({ dialect: odd as never })).toThrow('"engine"')
  expect(() => sqlStore({ dialect: odd as never, engine: 'oracle' as never })).toThrow('"engine"')
  expect(() => sqlStore({ dialect: 'sqlite' as never })).toThrow('"dialect"')
  expect(() => sqlStore({ dialect: odd as never, table: 'x' } as never)).toThrow('"table"')
  for (const Known of [SqliteDialect, PostgresDialect, MysqlDialect])
    expect(() => sqlStore({ dialect: new Known({} as never) })).not.toThrow()
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { SchemaError, type SqlStore, sqlStore } from '@patkit/sql'
import { Kysely, MysqlDialect, PostgresDialect, SqliteDialect, sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundledProgram } from '../servers/bundled-program.ts'
import { dialectOf } from '../servers/dialect.ts'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'

/** So many that a race without a lock is lost once at least. */
const ROUNDS = 6

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
    const program = await bundledProgram('test/stores/migrate-program.ts')
    const run = () => promisify(execFile)(process.execPath, [program, database.url])
    await using store = sqlStore({ dialect: database.dialect() })
    const { pendingMigrations: all } = await store.inspect()
    const outputs = await Promise.all([run(), run(), run(), run()])
    const names = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[])
    expect(names.toSorted()).toEqual(all)
  })

  test('three first migrations at once all succeed, time after time', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const fresh = await open()
      const stores = [1, 2, 3].map(() => sqlStore({ dialect: fresh.dialect() }))
      const { pendingMigrations: all } = await (stores[0] as SqlStore).inspect()
      const names = await Promise.all(stores.map((store) => store.migrate({ waitSeconds: 60 })))
      expect(names.flat()).toEqual(all)
      await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
      await fresh.drop()
    }
  })

  test('a database that a newer version has migrated is left alone', async () => {
    await using store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await sql`insert into patkit_migration values (${'9999_later'}, ${'2099'})`.execute(db)
    await db.destroy()
    expect(await store.migrate()).toEqual([])
    expect((await store.inspect()).pendingMigrations).toEqual([])
  })

  test('a layout from before the first release is refused with its migration, and left as it is', async () => {
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await sql`create table patkit_migration (name varchar(255) not null primary key, ${sql.ref('timestamp')} varchar(255) not null)`.execute(
      db,
    )
    await sql`insert into patkit_migration values (${'0002_token'}, ${'2026'})`.execute(db)
    await sql`create table patkit_token (id varchar(191) not null primary key)`.execute(db)
    await sql`insert into patkit_token values (${'kept'})`.execute(db)
    await using store = sqlStore({ dialect: database.dialect() })
    for (const refused of [() => store.migrate(), () => store.inspect()]) {
      const error = await refused().catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(SchemaError)
      expect(error).toMatchObject({ code: 'ERR_PAT_SCHEMA_UNSUPPORTED' })
      expect(String(error)).toMatch(/the tables patkit_\* .*"0002_token".*drop them.*"tablePrefix"/)
    }
    const { rows } = await sql`select name from patkit_migration`.execute(db)
    expect(rows).toEqual([{ name: '0002_token' }])
    expect((await sql`select id from patkit_token`.execute(db)).rows).toEqual([{ id: 'kept' }])
    await db.destroy()
    await using beside = sqlStore({ dialect: database.dialect(), tablePrefix: 'new_' })
    expect((await beside.migrate()).length).toBeGreaterThan(0)
  })

  test('options of migrate are refused by name', async () => {
    await using store = sqlStore({ dialect: database.dialect() })
    await expect(store.migrate({ waitSeconds: 0 })).rejects.toThrow('"waitSeconds"')
    await expect(store.migrate({ wait: 1 } as object)).rejects.toThrow('"wait"')
  })

  test('goes on where a run has broken off', async () => {
    await using store = sqlStore({ dialect: database.dialect() })
    const names = await store.migrate()
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await sql`delete from patkit_migration where name > ${'0103'}`.execute(db)
    await db.destroy()
    const undone = names.filter((name) => name > '0103')
    expect(undone.length).toBeGreaterThan(0)
    expect(await store.migrate()).toEqual(undone)
  })
})

test('an engine that the dialect does not reveal is a required option', () => {
  const odd = { createAdapter: () => ({}) }
  expect(() => sqlStore({ dialect: odd as never })).toThrow('"engine"')
  expect(() => sqlStore({ dialect: odd as never, engine: 'oracle' as never })).toThrow('"engine"')
  expect(() => sqlStore({ dialect: 'sqlite' as never })).toThrow('"dialect"')
  expect(() => sqlStore({ dialect: odd as never, table: 'x' } as never)).toThrow('"table"')
  for (const Known of [SqliteDialect, PostgresDialect, MysqlDialect])
    expect(() => sqlStore({ dialect: new Known({} as never) })).not.toThrow()
})

import { type SqlStore, sqlStore } from '@patkit/sql'
import { storeContract } from '@patkit/tokens/testing'
import { type CompiledQuery, Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectOf } from '../servers/dialect.ts'
import { ENGINES, onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { capturing } from './captured-dialect.ts'
import { changeEvent } from './events.ts'

/** A table of the default place, and those that are in the schema of the second place. */
const FORGOTTEN = /patkit_/
const IN_PLACE = /"app"\."patkit_\w+"/g
const POSTGRES = ENGINES.find(({ name }) => name === 'PostgreSQL') as (typeof ENGINES)[number]

/** Two places in one database: they share no rows. */
function sideBySide(open: () => Promise<TestDatabase>, places: readonly [object, object]): void {
  let database: TestDatabase
  const queries: CompiledQuery[] = []
  const storeAt = (place: object) =>
    sqlStore({ dialect: capturing(database.dialect(), (query) => queries.push(query)), ...place })

  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.drop())

  test('each is migrated by itself', async () => {
    for (const place of places) {
      await using store = storeAt(place)
      const { pendingMigrations: all } = await store.inspect()
      expect(all.length).toBeGreaterThan(0)
      expect(await store.migrate()).toEqual(all)
      expect((await store.inspect()).pendingMigrations).toEqual([])
    }
  })

  test('a principal of one is not in the other', async () => {
    const [one, other] = places.map(storeAt)
    const owner = { organizationId: 'acme', principalId: 'ada' }
    await one?.putPrincipal(
      { ...owner, kind: 'user', disabledAt: null, ceiling: null },
      changeEvent({ id: 'e', action: 'principal' }),
    )
    expect(await one?.findPrincipal(owner)).not.toBeNull()
    expect(await other?.findPrincipal(owner)).toBeNull()
    await Promise.all([one?.[Symbol.asyncDispose](), other?.[Symbol.asyncDispose]()])
  })

  describe('the contract of stores', () => {
    let store: SqlStore
    beforeAll(() => {
      store = storeAt(places[1])
    })
    afterAll(() => store[Symbol.asyncDispose]())

    for (const { name, run } of storeContract()) {
      test(name, async () => {
        queries.length = 0
        await run(store)
        // No statement has forgotten where its tables are.
        expect(
          queries.map((query) => query.sql).filter((text) => FORGOTTEN.test(text.replaceAll(IN_PLACE, ''))),
        ).toEqual([])
      })
    }
  })
}

onEachEngine(({ name, open }) => {
  // The contract of stores also holds with few indexes of events.
  const few = { tablePrefix: 'other_', eventIndexes: 'token-and-organization' }
  describe('two prefixes', () => sideBySide(open, [{}, few]))
  if (name === 'PostgreSQL') describe('two schemas', () => sideBySide(open, [{ schema: 'one' }, { schema: 'app' }]))
})

describe.skipIf(POSTGRES.missing)('search_path', () => {
  test('only the current schema counts, even if others have the tables', async () => {
    const database = await POSTGRES.open()
    const admin = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await sql`create schema one`.execute(admin)
    await sql`create schema two`.execute(admin)
    for (const path of ['one', 'two', 'two,one', 'public']) {
      const url = new URL(database.url)
      url.searchParams.set('options', `-c search_path=${path}`)
      await using store = sqlStore({ dialect: dialectOf(url.href) })
      const isNew = path !== 'two,one'
      expect((await store.inspect()).pendingMigrations.length > 0).toBe(isNew)
      expect((await store.migrate()).length > 0).toBe(isNew)
    }
    await admin.destroy()
    await database.drop()
  })
})

test.each([
  [{ tablePrefix: '' }, 'tablePrefix'],
  [{ tablePrefix: 'Acme_' }, 'tablePrefix'],
  [{ tablePrefix: '1_' }, 'tablePrefix'],
  [{ tablePrefix: 'a"; drop table x' }, 'tablePrefix'],
  [{ tablePrefix: 'a'.repeat(33) }, 'tablePrefix'],
  [{ tablePrefix: null }, 'tablePrefix'],
  [{ schema: '' }, 'schema'],
  [{ schema: 'a.b' }, 'schema'],
  [{ schema: 'a,b' }, 'schema'],
  [{ schema: 'é'.repeat(32) }, 'schema'],
  [{ schema: 7 }, 'schema'],
  [{ tablePrefx: 'a_' }, 'tablePrefx'],
])('%j is refused by name', (option, name) => {
  const dialect = dialectOf('postgres://localhost/none')
  expect(() => sqlStore({ dialect, ...option } as never)).toThrow(`patkit option "${name}"`)
})

test('SQLite has no schemas', () => {
  expect(() => sqlStore({ dialect: dialectOf('sqlite::memory:'), schema: 'main' })).toThrow('"schema"')
})

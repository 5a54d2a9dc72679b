import type { AuditEvent } from '@patkit/core'
import { type SqlStore, sqlStore } from '@patkit/sql'
import { createAuditLog } from '@patkit/tokens'
import { storeContract } from '@patkit/tokens/testing'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES, onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { useEvent } from './events.ts'

const POSTGRES = ENGINES.find(({ name }) => name === 'PostgreSQL') as (typeof ENGINES)[number]
const DAY_MS = 86_400_000
const START = Date.UTC(2020, 0, 1)
const month = (months: number, day = 1) => new Date(Date.UTC(2020, months, day))
const scope = { organizationId: 'acme' }

function use(at: number | Date, organizationId = 'acme'): AuditEvent {
  const instant = new Date(at)
  return useEvent({ id: `use-${instant.getTime()}-${organizationId}`, at: instant, organizationId })
}

const ELSEWHERE = { schema: 'app', tablePrefix: 'acme_' }

describe.skipIf(POSTGRES.missing)('the contract of stores holds with uses by month', () => {
  let database: TestDatabase
  let store: SqlStore

  beforeAll(async () => {
    database = await POSTGRES.open()
    store = sqlStore({ dialect: database.dialect(), ...ELSEWHERE })
    await store.migrate({ partitionEvents: true })
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await database.drop()
  })

  for (const { name, run } of storeContract()) test(name, () => run(store))
})

describe.skipIf(POSTGRES.missing).each([
  ['patkit_use', {}],
  ['acme_use', ELSEWHERE],
] as const)('uses by month on PostgreSQL, in %s', (table, place) => {
  let database: TestDatabase
  let store: SqlStore
  let client: pg.Client

  beforeEach(async () => {
    database = await POSTGRES.open()
    store = sqlStore({ dialect: database.dialect(), ...place })
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(`set search_path = ${'schema' in place ? place.schema : 'public'}, public`)
  })
  afterEach(async () => {
    await client.end()
    await store[Symbol.asyncDispose]()
    await database.drop()
  })

  /** The partitions, in the order of their names. */
  async function partitions(): Promise<readonly string[]> {
    const { rows } = await client.query(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = $1::regclass order by 1`,
      [table],
    )
    return rows.map(({ name }) => (name as string).slice(table.length + 1))
  }

  const idsOf = async (read: AsyncIterable<{ readonly id: string }>) => {
    const ids: string[] = []
    for await (const { id } of read) ids.push(id)
    return ids
  }

  test('a table with events is split, keeps them, and has its indexes under their names', async () => {
    await store.migrate()
    await store.audit.write([use(START), use(START + 40 * DAY_MS)])
    const indexesOf = async () =>
      (await client.query('select indexname from pg_indexes where tablename = $1 order by 1', [table])).rows
    const before = await indexesOf()
    expect(await store.migrate({ partitionEvents: true })).toEqual([])
    expect(await indexesOf()).toEqual(before)
    expect(before.length).toBeGreaterThan(5)
    const split = await partitions()
    expect(split.slice(-2)).toEqual(['before', 'default'])
    expect(split.filter((name) => /^\d{4}_\d\d$/.test(name))).toHaveLength(3)
    expect(await idsOf(createAuditLog(store.audit).read(scope))).toEqual(
      [use(START), use(START + 40 * DAY_MS)].map(({ id }) => id),
    )
    // A second time, and by an older program, nothing is left to do.
    await store.migrate({ partitionEvents: true })
    await store.migrate()
    expect(await partitions()).toEqual(split)
  })

  test('later months are made ahead, and events that came before their month are moved into it', async () => {
    await store.migrate({ partitionEvents: true })
    const inTwoYears = new Date(Date.now() + 730 * DAY_MS)
    await store.audit.write([use(inTwoYears), use(inTwoYears, 'other')])
    const inDefault = async () => Number((await client.query(`select count(*) from ${table}_default`)).rows[0].count)
    expect(await inDefault()).toBe(2)
    await store.prune(inTwoYears)
    expect(await inDefault()).toBe(0)
    expect(await partitions()).toContain(inTwoYears.toISOString().slice(0, 7).replace('-', '_'))
    expect(await idsOf(createAuditLog(store.audit).read(scope))).toEqual([use(inTwoYears).id])
    const log = createAuditLog(store.audit)
    await log.prune({ before: new Date(inTwoYears.getTime() + 1), organizationId: 'other' })
    expect(await idsOf(log.read(null))).toEqual([use(inTwoYears).id])
  })

  test('several programs may prune at once', async () => {
    await store.migrate({ partitionEvents: true })
    const stores = [1, 2, 3].map(() => sqlStore({ dialect: database.dialect(), ...place }))
    const later = new Date(Date.now() + 730 * DAY_MS)
    await Promise.all(stores.map((each) => each.prune(later)))
    await Promise.all(stores.map((each) => each[Symbol.asyncDispose]()))
    expect(await partitions()).toContain(later.toISOString().slice(0, 7).replace('-', '_'))
  })

  test('an event of any instant is stored, once', async () => {
    await store.migrate({ partitionEvents: true })
    const events = [0, START, Date.now(), Date.now() + 10_000 * DAY_MS].map((at) => use(at))
    await store.audit.write(events)
    await store.audit.write(events)
    expect(await idsOf(createAuditLog(store.audit).read(scope))).toEqual(events.map(({ id }) => id))
  })

  test('pruning all events drops whole months, and the rest of a month in batches', async () => {
    await store.migrate({ partitionEvents: true })
    await makeMonths(6)
    const events = Array.from({ length: 6 }, (_, n) => [use(month(n)), use(month(n, 15), 'other')]).flat()
    await store.audit.write(events)
    const split = await partitions()
    expect(split).toContain('2020_01')
    const log = createAuditLog(store.audit)
    expect(await log.prune({ before: month(3, 10) })).toBe(7)
    expect(await partitions()).toEqual(split.filter((name) => !['2020_01', '2020_02', '2020_03'].includes(name)))
    expect(await idsOf(log.read(null))).toEqual(events.slice(7).map(({ id }) => id))
  })

  test('pruning one organization drops no month', async () => {
    await store.migrate({ partitionEvents: true })
    await makeMonths(2)
    await store.audit.write([use(month(0)), use(month(0), 'other'), use(month(1))])
    const split = await partitions()
    const log = createAuditLog(store.audit)
    expect(await log.prune({ before: month(2), organizationId: 'acme' })).toBe(2)
    expect(await partitions()).toEqual(split)
    expect(await idsOf(log.read(null))).toEqual([use(month(0), 'other').id])
  })

  test('while a reader holds a month, its events are removed in batches', async () => {
    await store.migrate({ partitionEvents: true })
    await makeMonths(1)
    await store.audit.write([use(month(0)), use(month(0, 2))])
    await client.query('begin')
    await client.query(`select * from ${table} where at < ${month(1).getTime()}`)
    const log = createAuditLog(store.audit)
    expect(await log.prune({ before: month(1) })).toBe(2)
    await client.query('rollback')
    expect(await partitions()).toContain('2020_01')
    expect(await log.prune({ before: month(1) })).toBe(0)
    expect(await partitions()).not.toContain('2020_01')
  })

  /** Months of 2020, as if the table had been split in 2019. */
  async function makeMonths(count: number): Promise<void> {
    await client.query(`drop table ${table}_before`)
    for (let n = 0; n < count; n++) {
      const name = `${table}_${month(n).toISOString().slice(0, 7).replace('-', '_')}`
      await client.query(
        `create table ${name} partition of ${table} for values from (${month(n).getTime()}) to (${month(n + 1).getTime()})`,
      )
    }
  }
})

onEachEngine(({ name, open }) => {
  test.runIf(name !== 'PostgreSQL')('partitions are refused by name', async () => {
    const database = await open()
    const store = sqlStore({ dialect: database.dialect() })
    await expect(store.migrate({ partitionEvents: true })).rejects.toThrow('"partitionEvents"')
    await store[Symbol.asyncDispose]()
    await database.drop()
  })
})

import { createVerifier, tokenFormat } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
import { type ListedNode, pollingChannel, type ReportingNode, reportNode, type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { document, patkit } from '../../packages/cli/test/terminal.ts'
import { dialectOf } from '../servers/dialect.ts'
import { ENGINES, onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { startPgBouncer } from '../servers/pgbouncer.ts'
import { waitUntil } from '../servers/wait-until.ts'

const ACTOR = { id: 'ada', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const format = tokenFormat({ prefix: 'acme_pat' })
const READER: RequestReader<string> = {
  header: (token, name) => (name === 'authorization' ? `Bearer ${token}` : null),
  peer: () => null,
  context: () => ({ id: null, method: 'GET', path: null, route: null, userAgent: null }),
}

interface Report {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string }[]
  readonly nodes: readonly ListedNode[]
}

onEachEngine(({ name: engine, open }) => {
  let database: TestDatabase
  let stores: SqlStore[]
  let nodes: ReportingNode[]

  beforeEach(async () => {
    database = await open()
    stores = [sqlStore({ dialect: database.dialect() }), sqlStore({ dialect: database.dialect() })]
    await stores[0]?.migrate()
    nodes = []
  })
  afterEach(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
    for (const store of stores) await store[Symbol.asyncDispose]()
    await database.drop()
  })

  async function doctor(): Promise<[number, Report]> {
    const ended = await patkit(['doctor', '--nodes', '--json'], { env: { PATKIT_DB: database.url }, clock: Date.now })
    return [ended.code, document<Report>(ended)]
  }

  async function nodeOn(store: SqlStore, name: string, leaseSeconds = 10) {
    const tokens = createTokenService({ store, format, channel: pollingChannel({ store, intervalMs: 5 }) })
    const verifier = createVerifier({ ...tokens.verifierOptions, leaseSeconds })
    const node = reportNode({ store, verifier, name, intervalMs: 600_000 })
    nodes.push(node)
    // Stores of one process must take turns on a SQLite file.
    await node.write()
    return { tokens, verifier, node, close: () => Promise.all([verifier.close(), tokens.close()]) }
  }

  test('two nodes report, and doctor lists them with the state of each', async () => {
    const one = await nodeOn(stores[0] as SqlStore, 'one')
    const other = await nodeOn(stores[1] as SqlStore, 'other', 20)
    await one.tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    const { secret } = await one.tokens.create(ACTOR, OWNER, { name: 'ci', scopes: ['drive:read'] })
    const token = secret.reveal()
    await one.verifier.verify(token, READER)
    await waitUntil(() => one.verifier.health.channel?.connected === true && one.verifier.health.mode === 'cached')
    // Looked up once more at most, after the node has caught up.
    for (let n = 0; n < 4; n++) expect((await one.verifier.verify(token, READER)).ok).toBe(true)
    await one.node.write()
    await other.node.write()
    const [code, { ok, checks, nodes: listed }] = await doctor()
    expect(listed.map(({ name }) => name)).toEqual(['one', 'other'])
    const [first, second] = listed.map(({ report }) => report)
    expect(first).toMatchObject({ mode: 'cached', leaseMs: 10_000, entries: 1, hitRate: expect.any(Number) })
    expect(first?.hitRate).toBeGreaterThanOrEqual(0.5)
    expect([first?.lagMs, first?.echoMs]).toEqual([expect.any(Number), expect.any(Number)])
    // It has not followed its channel yet, since it had no request.
    expect(second).toMatchObject({ mode: 'uncached', leaseMs: 20_000, entries: 0, hitRate: null, lagMs: null })
    const facts =
      engine === 'PostgreSQL'
        ? { pooling: 'session', standby: false, queueUsage: 0 }
        : { pooling: null, standby: null, queueUsage: null }
    expect([first?.database, second?.database]).toEqual([facts, facts])
    expect(one.node.report).toEqual(first)
    expect(one.verifier.health).toMatchObject({ leaseMs: 10_000, entries: 1 })
    expect(one.verifier.health.hits).toBeGreaterThanOrEqual(3)
    expect(one.verifier.health.misses).toBeGreaterThanOrEqual(1)
    expect([code, ok]).toEqual([1, false])
    expect(checks.filter(({ name }) => name.startsWith('node')).map(({ state }) => state)).toEqual(['ok', 'problem'])
    await Promise.all([one.close(), other.close()])
  })

  test('a node that stops is removed, and one that was killed is a problem until its report is pruned', async () => {
    const store = stores[0] as SqlStore
    const stopped = await nodeOn(store, 'stopped')
    await stopped.node.write()
    expect((await store.nodes.list()).map(({ name }) => name)).toEqual(['stopped'])
    await stopped.node[Symbol.asyncDispose]()
    await stopped.close()
    expect(await store.nodes.list()).toEqual([])
    expect((await doctor())[0]).toBe(0)
    const killed = await nodeOn(store, 'killed')
    await killed.node.write()
    await killed.close()
    await aged(3_600_000)
    const [code, { checks }] = await doctor()
    const detail = expect.stringMatching(/^has not reported for 3600 s: /)
    expect([code, checks.find(({ name }) => name === 'node killed')]).toEqual([
      1,
      { name: 'node killed', state: 'problem', detail },
    ])
    await store.prune(new Date())
    expect(await store.nodes.list()).toHaveLength(1)
    await aged(86_400_000)
    await store.prune(new Date())
    expect(await store.nodes.list()).toEqual([])
  })

  /** As if so much time had passed since the reports. */
  async function aged(ms: number): Promise<void> {
    const db = new Kysely<unknown>({ dialect: dialectOf(database.url) })
    await sql`update patkit_node set at = at - ${sql.lit(ms)}`.execute(db)
    await db.destroy()
  }

  test('a report that cannot be written goes to onError, and the next one is tried', async () => {
    const broken = sqlStore({ dialect: database.dialect(), tablePrefix: 'missing_' })
    stores.push(broken)
    const failures: unknown[] = []
    const { verifier, close } = await nodeOn(stores[0] as SqlStore, 'whole')
    const node = reportNode({ store: broken, verifier, intervalMs: 1, onError: (cause) => failures.push(cause) })
    await waitUntil(() => failures.length >= 2)
    await expect(node.write()).rejects.toThrow(/missing_node/)
    await Promise.resolve(node[Symbol.asyncDispose]()).catch(() => {})
    await close()
  })
})

const POSTGRES = ENGINES.find(({ name }) => name === 'PostgreSQL') as (typeof ENGINES)[number]
const pgbouncer = inject('programs').pgbouncer
const { postgres } = inject('servers')

describe.skipIf(POSTGRES.missing || pgbouncer === null)('the pooling of a node', () => {
  let database: TestDatabase

  beforeEach(async () => {
    database = await POSTGRES.open()
    await using store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
  })
  afterEach(() => database.drop())

  async function poolingOn(url: string, max: number): Promise<unknown> {
    const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max }) })
    await using store = sqlStore({ dialect })
    return (await store.nodes.database(true)).pooling
  }

  test('is that of transactions behind PgBouncer', async () => {
    const bouncer = await startPgBouncer(pgbouncer as string, postgres as string)
    try {
      for (let round = 0; round < 5; round++)
        expect(await poolingOn(bouncer.urlOf(database.url), 4)).toBe('transaction')
    } finally {
      await bouncer.stop()
    }
  })

  test('is that of sessions on direct connections, and unknown for a pool of one', async () => {
    expect(await poolingOn(database.url, 4)).toBe('session')
    expect(await poolingOn(database.url, 1)).toBeNull()
  })
})

test('options of reportNode are refused by name', () => {
  const verifier = createVerifier({ format, resolve: () => null })
  const store = { nodes: { put: async () => {}, remove: async () => {}, list: async () => [] } } as never
  expect(() => reportNode({ store: {} as never, verifier })).toThrow('"store"')
  expect(() => reportNode({ store, verifier: {} as never })).toThrow('"verifier"')
  expect(() => reportNode({ store, verifier, name: '' })).toThrow('"name"')
  expect(() => reportNode({ store, verifier, intervalMs: 0 })).toThrow('"intervalMs"')
  expect(() => reportNode({ store, verifier, every: 1 } as never)).toThrow('"every"')
})

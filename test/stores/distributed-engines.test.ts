import { tokenFormat } from '@patkit/core'
import { type NodeReport, pollingChannel, type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { storeContract } from '@patkit/tokens/testing'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { record } from '../nodes/recorder.ts'
import { dialectOf } from '../servers/dialect.ts'
import { ENGINES, onEachServer, type TestDatabase } from '../servers/engine.ts'
import { changeEvent } from './events.ts'

/**
 * What some distributed engine lacks, by their own documentation:
 *
 * - CockroachDB, PostgreSQL compatibility: advisory locks, LISTEN and NOTIFY
 * - YugabyteDB, known issues of Voyager and of YSQL: advisory locks, LISTEN and NOTIFY, system columns
 * - Vitess, MySQL compatibility: PREPARE and CALL, temporary tables in sharded keyspaces, DDL through the gates, no
 *   foreign keys between shards
 * - TiDB, MySQL compatibility: triggers, procedures, foreign keys, temporary tables, `get_lock` in earlier versions
 */
const LACKING: Readonly<Record<string, RegExp>> = {
  'session locks': /\b(?:get_lock|release_lock|release_all_locks|is_free_lock|is_used_lock)\b/i,
  'advisory locks': /\bpg_(?:try_)?advisory_/i,
  'table locks': /^\s*(?:un)?lock\s+tables?\b/i,
  notifications: /^\s*(?:listen|unlisten|notify)\b|\bpg_notify\b/i,
  'foreign keys': /\bforeign\s+key\b|\breferences\b/i,
  'triggers and procedures': /\b(?:trigger|procedure|function)\b|^\s*(?:call|do)\b/i,
  'temporary tables': /\btemp(?:orary)?\s+table\b/i,
  'changes of tables': /^\s*(?:create|alter|drop|truncate|rename)\b/i,
  'settings of a session': /^\s*set\b|\bset_config\b|@@/i,
  'statements and cursors of a session': /^\s*(?:prepare|execute|deallocate|declare|fetch)\b/i,
  'two-phase commits of an application': /^\s*xa\b|\bprepare\s+transaction\b/i,
  'system columns': /\b(?:ctid|xmin|xmax|cmin|cmax|tableoid)\b/i,
  'state of one server': /\b(?:pg_stat\w*|pg_locks|processlist)\b/i,
}
/** What a migration may not leave behind: requests would meet it. */
const LEFT_BEHIND = ['foreign keys', 'triggers and procedures']
/** Not for requests: migrations, the tools of operators, and the pings of `postgresChannel`. */
const NOT_SERVING = ['inspect', 'migrate', 'scan', 'invalidations.notify']

const ACTOR = { id: 'ada', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const NOW = new Date('2026-03-01T12:00:00Z')
const LATER = new Date('2026-03-01T13:00:00Z')

/** The statements with a construct, after its name. */
function lacking(statements: Iterable<string>, names = Object.keys(LACKING)): readonly string[] {
  return [...statements].flatMap((statement) =>
    names.filter((name) => LACKING[name]?.test(statement)).map((name) => `${name}: ${statement.trim()}`),
  )
}

/** A copy that notes the names of its methods that are called, also of those in its members. */
function noting<T extends object>(object: T, called: Set<string>, path = ''): T {
  const noted = (key: string, value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) return noting(value, called, `${path}${key}.`)
    if (typeof value !== 'function') return value
    return (...args: unknown[]) => {
      called.add(`${path}${key}`)
      return Reflect.apply(value, object, args)
    }
  }
  const entries = Object.entries(object).map(([key, value]) => [key, noted(key, value)])
  return { ...object, ...Object.fromEntries(entries) }
}

function methodsOf(store: SqlStore): readonly string[] {
  const ofMember = (member: 'audit' | 'signIns' | 'invalidations' | 'nodes') =>
    Object.entries(store[member]).flatMap(([key, value]) => (typeof value === 'function' ? [`${member}.${key}`] : []))
  const own = Object.entries(store).flatMap(([key, value]) => (typeof value === 'function' ? [key] : []))
  return [...own, ...ofMember('audit'), ...ofMember('signIns'), ...ofMember('invalidations'), ...ofMember('nodes')]
}

onEachServer(({ name, open }) => {
  let database: TestDatabase
  let db: Kysely<unknown>
  const statements = new Set<string>()

  beforeEach(async () => {
    database = await open()
    db = new Kysely<unknown>({
      dialect: database.dialect(),
      log: ({ query }) => void statements.add(query.sql),
    })
    statements.clear()
  })
  afterEach(async () => {
    await db.destroy()
    await database.drop()
  })

  test('statements that serve requests have nothing that distributed engines lack', async () => {
    const bare = sqlStore({ db, notify: false })
    await bare.migrate()
    expect(lacking(statements, LEFT_BEHIND)).toEqual([])
    statements.clear()
    const called = new Set<string>()
    const store = noting(bare, called)
    for (const { run } of storeContract()) await run(store)
    await serveRequests(store)
    await signIn(store)
    await poll(store)
    const notCalled = methodsOf(bare).filter((method) => !called.has(method))
    expect(notCalled.filter((method) => !NOT_SERVING.includes(method))).toEqual([])
    expect(statements.size).toBeGreaterThan(50)
    expect(lacking(statements)).toEqual([])
  })

  /** Every verb of the service, also in a transaction of the application. */
  async function serveRequests(store: SqlStore): Promise<void> {
    const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    const { token, secret } = await tokens.create(ACTOR, OWNER, { name: 'one', scopes: ['drive:read'] })
    const { resolveMany, onUse } = tokens.verifierOptions
    for (const record of (await resolveMany([secret.digest], { signal: new AbortController().signal })).values()) {
      onUse?.(record, NOW.getTime(), '10.0.0.1')
    }
    await tokens.flush()
    await tokens.rotate(ACTOR, OWNER, token.id, { overlapSeconds: 60 })
    await tokens.revoke(ACTOR, OWNER, token.id)
    await tokens.regenerate(ACTOR, OWNER, token.id)
    await db.transaction().execute((trx) => tokens.in(trx).revoke(ACTOR, OWNER, token.id))
    await tokens.revokeAll(ACTOR, OWNER)
    await tokens.close()
  }

  async function signIn({ signIns }: SqlStore): Promise<void> {
    const link = { digest: 'link', owner: OWNER, role: 'first-administrator', endsAt: LATER } as const
    await signIns.addLink(link)
    await signIns.findLink('link', NOW)
    const event = changeEvent({ id: 'sign-in', action: 'sign_in_link', at: NOW, ...OWNER })
    const session = {
      digest: 'session',
      owner: OWNER,
      method: 'link',
      createdAt: NOW,
      usedAt: NOW,
      endsAt: LATER,
    } as const
    await signIns.addSession({ session, event, link, replacedSession: 'none' })
    await signIns.findSession('session', NOW)
    await signIns.touchSession('session', LATER)
    await signIns.endSession('session')
    await signIns.endSessions(OWNER)
    await signIns.addAdministrator(OWNER, NOW)
    await signIns.isAdministrator(OWNER)
    await signIns.listAdministrators('acme')
    await signIns.removeAdministrator(OWNER)
    await signIns.prune(NOW)
  }

  async function poll(store: SqlStore): Promise<void> {
    await store.nodes.put('node', {} as NodeReport)
    await store.nodes.list()
    await store.nodes.remove('node')
    await store.nodes.database(true)
    await store.invalidations.append({ kind: 'all' })
    await using recorder = await record(pollingChannel({ store, intervalMs: 5 }))
    await recorder.nextCatchUp()
  }

  test('the tables have no foreign keys, so that rows of an organization may be on any shard', async () => {
    await sqlStore({ db }).migrate()
    const { rows } = await sql`
      select 1 from information_schema.table_constraints where constraint_type = 'FOREIGN KEY'
        and table_name like ${'patkit%'}`.execute(db)
    expect(rows).toEqual([])
  })

  test.runIf(name === 'PostgreSQL')('with notifications, the test finds them', async () => {
    const store = sqlStore({ db })
    await store.migrate()
    statements.clear()
    await store.invalidations.append({ kind: 'all' })
    expect(lacking(statements)).toEqual([expect.stringMatching(/^notifications: select pg_notify/)])
  })
})

const POSTGRES = ENGINES.find(({ name }) => name === 'PostgreSQL') as (typeof ENGINES)[number]

describe.skipIf(POSTGRES.missing)('an engine that speaks the protocol of PostgreSQL', () => {
  test('may be without the function that tells a standby', async () => {
    const database = await POSTGRES.open()
    const prepared = new Kysely<unknown>({ dialect: database.dialect() })
    await sql`create schema engine`.execute(prepared)
    await sql`create function engine.pg_is_in_recovery() returns boolean language plpgsql as
      $$ begin raise undefined_function; end $$`.execute(prepared)
    await prepared.destroy()
    const url = new URL(database.url)
    url.searchParams.set('options', '-c search_path=engine,pg_catalog,public')
    await using store = sqlStore({ dialect: dialectOf(url.href), notify: false })
    expect(await store.invalidations.isStandby()).toBe(false)
    await store[Symbol.asyncDispose]()
    await database.drop()
  })
})

import type { InvalidationChannel } from '@patkit/core'
import { tokenFormat } from '@patkit/core'
import { postgresChannel, type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely'
import Database from 'libsql'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { type PgBouncer, startPgBouncer } from '../servers/pgbouncer.ts'
import { type Relay, startRelay } from '../servers/relay.ts'
import { openPostgres, type TestDatabase } from '../servers/test-database.ts'
import { hurryingClock } from './clock.ts'
import { hasHeardOf, record } from './recorder.ts'
import { ACTOR, type Node, OWNER, openNode } from './tokens-on.ts'

const servers = inject('servers')
const pgbouncer = inject('programs').pgbouncer
/** For what arrives: a busy machine is silent for longer than a test of silence can wait. */
const PATIENT = { pingMs: 20, silenceMs: 60_000, onError: () => {} }
const QUICK = { ...PATIENT, silenceMs: 500 }

describe.skipIf(servers.postgres === null)('a change on one node', () => {
  let database: TestDatabase
  let here: Node
  let other: Node
  beforeEach(async () => {
    database = await openPostgres(servers.postgres as string)
    here = await openNode(database)
    other = await openNode(database)
  })
  afterEach(async () => {
    await here[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await database.drop()
  })
  const channelAt = (url: string, options: object = PATIENT): InvalidationChannel =>
    postgresChannel({ store: here.store, client: () => new pg.Client(url), ...options })

  test('is brought with its version', async () => {
    const [id = ''] = await other.create(1)
    await using recorder = await record(channelAt(database.url))
    await other.tokens.revoke(ACTOR, OWNER, id)
    await recorder.until(hasHeardOf(id))
    expect(recorder.messages.at(-1)).toEqual({ kind: 'token', id, minVersion: 2 })
    expect(recorder.gaps).toBe(0)
  })

  test('is brought to every subscriber, and to those of its own process before the publication ends', async () => {
    const channel = channelAt(database.url)
    await using first = await record(channel)
    await using second = await record(channel)
    await using remote = await record(channelAt(database.url))
    const published = channel.publish({ kind: 'organization', id: 'acme' })
    expect([first.messages, second.messages]).toEqual([
      [{ kind: 'organization', id: 'acme' }],
      [{ kind: 'organization', id: 'acme' }],
    ])
    await published
    await remote.until(({ messages }) => messages.length > 0)
    expect(remote.messages).toEqual([{ kind: 'organization', id: 'acme' }])
  })

  test('is sent by its transaction, and only where that is committed', async () => {
    const [kept = '', undone = ''] = await other.create(2)
    await using recorder = await record(channelAt(database.url))
    const db = new Kysely<unknown>({ dialect: database.dialect() })
    const tokens = createTokenService({ store: sqlStore({ db }), format: tokenFormat({ prefix: 'acme_pat' }) })
    const failing = db.transaction().execute(async (transaction) => {
      await tokens.in(transaction).revoke(ACTOR, OWNER, undone)
      throw new Error('undone')
    })
    await expect(failing).rejects.toThrow('undone')
    // Without `announce`: the message does not depend on it.
    await db.transaction().execute((transaction) => tokens.in(transaction).revoke(ACTOR, OWNER, kept))
    await recorder.until(hasHeardOf(kept))
    expect(recorder.messages).toEqual([{ kind: 'token', id: kept, minVersion: 2 }])
    await db.destroy()
  })

  test('of 50 tokens sends 50 small notifications', async () => {
    await other.create(50)
    await using recorder = await record(channelAt(database.url))
    await other.tokens.revokeAll(ACTOR, OWNER)
    await recorder.until(({ messages }) => messages.length >= 50)
    await recorder.nextCatchUp()
    expect(recorder.messages).toHaveLength(50)
    expect(recorder.messages.filter((what) => JSON.stringify(what).length > 100)).toEqual([])
  })

  test('of many tokens names their owner', async () => {
    await other.create(51)
    await using recorder = await record(channelAt(database.url))
    await other.tokens.revokeAll(ACTOR, OWNER)
    await recorder.until(({ messages }) => messages.length > 0)
    expect(recorder.messages).toEqual([{ kind: 'principal', id: 'ada' }])
  })

  test('an unreadable notification is passed on, for the verifier to refuse', async () => {
    await using recorder = await record(channelAt(database.url))
    await other.store.invalidations.notify('patkit_invalidation', 'not json')
    await recorder.until(({ messages }) => messages.length > 0)
    expect(recorder.messages).toEqual(['not json'])
  })

  test('a connection that was cut is a gap, and is replaced', async () => {
    const [id = ''] = await other.create(1)
    const causes: unknown[] = []
    await using recorder = await record(
      channelAt(database.url, { ...PATIENT, onError: (cause: unknown) => causes.push(cause) }),
    )
    const admin = new pg.Client(database.url)
    await admin.connect()
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where query like 'listen "patkit_echo%' and datname = current_database()`,
    )
    await admin.end()
    await recorder.until(({ gaps }) => gaps === 1)
    await recorder.nextCatchUp()
    await other.tokens.revoke(ACTOR, OWNER, id)
    await recorder.until(hasHeardOf(id))
    expect(causes).toHaveLength(1)
  })

  test.each(['both', 'to client'] as const)('a socket that swallows bytes (%s) is noticed', async (direction) => {
    const [id = ''] = await other.create(1)
    const relay: Relay = await startRelay(database.url)
    const clock = hurryingClock()
    const causes: unknown[] = []
    const onError = (cause: unknown) => causes.push(cause)
    const channel = channelAt(relay.urlOf(database.url), { ...PATIENT, clock: clock.now, onError })
    const recorder = await record(channel)
    relay.swallow(direction)
    clock.hurry()
    await recorder.until(({ gaps }) => gaps === 1)
    expect(causes[0]).toMatchObject({ code: 'ERR_PAT_CHANNEL_SILENT', message: 'no echo within 60000 ms' })
    expect(channel.health).toMatchObject({ connected: false })
    clock.relax()
    relay.pass()
    await recorder.nextCatchUp()
    await other.tokens.revoke(ACTOR, OWNER, id)
    await recorder.until(hasHeardOf(id))
    expect(channel.health).toMatchObject({ connected: true })
    await recorder[Symbol.asyncDispose]()
    await relay.close()
  })

  test('a password that changes while a node runs is used by its next connections', async () => {
    const [id = ''] = await other.create(1)
    const admin = new pg.Client(database.url)
    await admin.connect()
    const { host, port, database: name } = admin
    const user = `${name}_rotated`
    let password = 'first'
    await admin.query(`create role ${user} login password '${password}'`)
    await admin.query(`grant all on all tables in schema public to ${user}`)
    const login = { host, port, database: name, user, password: () => password }
    const pool = new pg.Pool(login)
    pool.on('error', () => {})
    const node = sqlStore({ dialect: new PostgresDialect({ pool }) })
    const recorder = await record(postgresChannel({ ...PATIENT, store: node, client: () => new pg.Client(login) }))

    await admin.query(`alter role ${user} password 'second'`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [user])
    await recorder.until(({ gaps }) => gaps === 1)
    await expect(new pg.Client(login).connect()).rejects.toThrow('password authentication failed')
    password = 'second'
    await recorder.nextCatchUp()
    await other.tokens.revoke(ACTOR, OWNER, id)
    await recorder.until(hasHeardOf(id))

    await recorder[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
    await admin.query(`drop owned by ${user}`)
    await admin.query(`drop role ${user}`)
    await admin.end()
  })

  test('an echo that cannot be sent ends the trust, although the connection listens', async () => {
    let away = false
    const { invalidations } = here.store
    const store = {
      invalidations: {
        ...invalidations,
        notify: async (channel: string, payload: string) => {
          if (away) throw new Error('the pool is away')
          await invalidations.notify(channel, payload)
        },
      },
    }
    const clock = hurryingClock()
    const causes: unknown[] = []
    const onError = (cause: unknown) => causes.push(cause)
    const options = { ...PATIENT, store, onError, clock: clock.now }
    await using recorder = await record(postgresChannel({ ...options, client: () => new pg.Client(database.url) }))
    away = true
    clock.hurry()
    await recorder.until(({ gaps }) => gaps === 1)
    expect(causes[0]).toMatchObject({ code: 'ERR_PAT_CHANNEL_SILENT', cause: new Error('the pool is away') })
  })

  test('subscribing fails where the server does not take the connection', async () => {
    const url = new URL(database.url)
    url.pathname = '/missing_database'
    await expect(record(channelAt(url.href))).rejects.toThrow('database "missing_database" does not exist')
  })

  test('a connection to another database receives no echo, which is an error at the start', async () => {
    const elsewhere = await openPostgres(servers.postgres as string)
    await expect(record(channelAt(elsewhere.url, QUICK))).rejects.toMatchObject({ code: 'ERR_PAT_CHANNEL_SILENT' })
    await elsewhere.drop()
  })

  test.skipIf(pgbouncer === null)('a pooler in transaction mode is an error at the start', async () => {
    const pooler: PgBouncer = await startPgBouncer(pgbouncer as string, servers.postgres as string)
    await expect(record(channelAt(pooler.urlOf(database.url), QUICK))).rejects.toMatchObject({
      code: 'ERR_PAT_CHANNEL_SILENT',
      message: expect.stringContaining('pooler in transaction mode'),
    })
    await pooler.stop()
  })
})

describe('options', () => {
  const sqlite = (): SqlStore => sqlStore({ dialect: new SqliteDialect({ database: new Database(':memory:') }) })
  const invalidations = { from() {}, notifications: 'patkit_invalidation' }
  test.each([
    [{ store: sqlite() }, 'patkit option "store" must be on PostgreSQL and send notifications: use pollingChannel'],
    [{ store: { invalidations } }, 'patkit option "client" must be a function that makes a client of pg'],
    [{ every: 5 }, 'patkit option "every" is not an option'],
  ])('%#', (options, message) => {
    expect(() => postgresChannel(options as never)).toThrow(new TypeError(message))
  })
})

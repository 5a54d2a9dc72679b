import { createVerifier, tokenFormat, type Verifier } from '@patkit/core'
import { postgresChannel, type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService, type StoredRecord, type TokenService } from '@patkit/tokens'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { bearing, reader } from '../../packages/core/test/api.ts'
import { dialectOf } from '../servers/dialect.ts'
import { type OwnPostgres, ownPostgres } from '../servers/postgres.ts'
import { openPostgres, type TestDatabase } from '../servers/test-database.ts'
import type { OwnServer } from '../servers/test-server.ts'
import { waitUntil } from '../servers/wait-until.ts'
import { deferred } from './deferred.ts'
import { record } from './recorder.ts'
import { ACTOR, OWNER } from './tokens-on.ts'

/** Lookups of a node read a standby; changes and the channel use its primary. */
describe.skipIf(inject('servers').postgres === null)('a node that reads a streaming replica', () => {
  let primary: OwnPostgres
  let standby: OwnServer
  beforeAll(async () => {
    primary = await ownPostgres()
    standby = await primary.startStandby()
  })
  afterAll(async () => {
    await standby.stop()
    await primary.stop()
  })

  let database: TestDatabase
  let writing: SqlStore
  let reading: SqlStore
  let tokens: TokenService
  let verifier: Verifier<StoredRecord>
  /** Runs before each lookup is sent to the replica, and after it was answered. */
  let held: { before(): Promise<void>; after(): Promise<void> }
  let lookups = 0
  beforeEach(async () => {
    database = await openPostgres(primary.url)
    writing = sqlStore({ dialect: dialectOf(database.url) })
    await writing.migrate()
    await replayed()
    reading = sqlStore({ dialect: dialectOf(replicaUrl()) })
    const channel = postgresChannel({ store: writing, client: () => new pg.Client(database.url), onError: () => {} })
    tokens = createTokenService({ store: writing, channel, format: tokenFormat({ prefix: 'acme_pat' }) })
    await tokens.ensurePrincipal(ACTOR, OWNER, { kind: 'user', ceiling: null })
    held = { before: async () => {}, after: async () => {} }
    lookups = 0
    verifier = createVerifier({
      ...tokens.verifierOptions,
      onError: () => {},
      async resolveMany(digests) {
        lookups++
        await held.before()
        const records = await reading.resolveMany(digests)
        await held.after()
        return records
      },
    })
  })
  afterEach(async () => {
    await replay('resume')
    await verifier.close()
    await tokens.close()
    await reading[Symbol.asyncDispose]()
    await writing[Symbol.asyncDispose]()
    await database.drop()
  })

  const replicaUrl = () => standbyUrl(standby.url, database.url)

  async function on<T>(url: string, statement: string): Promise<T> {
    const client = new pg.Client(url)
    await client.connect()
    try {
      return (await client.query(statement)).rows[0] as T
    } finally {
      await client.end()
    }
  }

  const replay = (verb: 'pause' | 'resume') => on(standby.url, `select pg_wal_replay_${verb}()`)

  /** Resolves when the standby has what the primary has written so far. */
  async function replayed(): Promise<void> {
    const { lsn } = await on<{ lsn: string }>(primary.url, 'select pg_current_wal_lsn() as lsn')
    const reached = `select pg_last_wal_replay_lsn() >= '${lsn}' as is`
    await waitUntil(async () => (await on<{ is: boolean }>(standby.url, reached)).is)
  }

  async function create() {
    const { token, secret } = await tokens.create(ACTOR, OWNER, { name: 'used', scopes: ['drive:read'] })
    await replayed()
    return { id: token.id, credential: secret.reveal() }
  }

  async function outcome(credential: string): Promise<string> {
    const decision = await verifier.verify(bearing(credential), reader)
    return decision.ok ? 'allowed' : decision.reason
  }

  /** Until the node follows the channel: then it remembers what it has looked up. */
  async function untilCached(credential: string): Promise<void> {
    await waitUntil(async () => {
      await outcome(credential)
      return verifier.health.mode === 'cached'
    })
    expect(await outcome(credential)).toBe('allowed')
  }

  test('does not bring a revoked token back while the replay is paused, and refuses it after that', async () => {
    const { id, credential } = await create()
    await untilCached(credential)
    await replay('pause')
    await tokens.revoke(ACTOR, OWNER, id)
    // The replica still has the token as it was.
    expect(await outcome(credential)).toBe('unavailable')
    const before = lookups
    const load = await Promise.all(Array.from({ length: 50 }, () => outcome(credential)))
    expect(new Set(load)).toEqual(new Set(['unavailable']))
    expect(lookups).toBeGreaterThan(before)
    await replay('resume')
    await replayed()
    expect(await outcome(credential)).toBe('revoked')
  })

  test('does not bring it back by a lookup that was answered before the revocation', async () => {
    const { id, credential } = await create()
    const other = await create()
    await untilCached(other.credential)
    await replay('pause')
    const gate = deferred()
    const answered = deferred()
    held.after = () => {
      answered.resolve()
      return gate.promise
    }
    const waiting = outcome(credential)
    await answered.promise
    await tokens.revoke(ACTOR, OWNER, id)
    gate.resolve()
    expect(await waiting).toBe('unavailable')
    expect(await outcome(credential)).toBe('unavailable')
    await replay('resume')
    await replayed()
    expect(await outcome(credential)).toBe('revoked')
  })

  test('refuses a token whose lookup was held over the revocation and its replay', async () => {
    const { id, credential } = await create()
    const other = await create()
    await untilCached(other.credential)
    const gate = deferred()
    const begun = deferred()
    held.before = () => {
      begun.resolve()
      return gate.promise
    }
    const waiting = outcome(credential)
    await begun.promise
    await tokens.revoke(ACTOR, OWNER, id)
    await replayed()
    gate.resolve()
    expect(await waiting).toBe('revoked')
  })

  test('cannot subscribe to the replica: LISTEN on a standby is an error at the start', async () => {
    const channel = postgresChannel({ store: writing, client: () => new pg.Client(replicaUrl()), onError: () => {} })
    await expect(record(channel)).rejects.toMatchObject({ code: 'ERR_PAT_CHANNEL_STANDBY' })
  })
})

/** The same database on the standby. */
function standbyUrl(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = new URL(database).pathname
  return url.href
}

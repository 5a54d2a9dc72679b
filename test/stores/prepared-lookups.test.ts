import { tokenFormat } from '@patkit/core'
import { type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { PostgresDialect, SqliteDialect } from 'kysely'
import Database from 'libsql'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { startPgBouncer } from '../servers/pgbouncer.ts'
import { openPostgres, type TestDatabase } from '../servers/test-database.ts'
import { waitUntil } from '../servers/wait-until.ts'

const { postgres } = inject('servers')
const pgbouncer = inject('programs').pgbouncer
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const ACTOR = { id: 'ada', scopes: null }

describe.skipIf(postgres === null)('lookups that are prepared', () => {
  let database: TestDatabase
  let opened: SqlStore | undefined

  beforeEach(async () => {
    database = await openPostgres(postgres as string)
  })
  afterEach(async () => {
    await opened?.[Symbol.asyncDispose]()
    await database.drop()
  })

  /** A store with one token, whose lookups are prepared on a pool. */
  async function preparing(url: string) {
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    const store = sqlStore({ dialect: new PostgresDialect({ pool }), preparedOn: pool })
    opened = store
    await store.migrate()
    const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    const { secret, token } = await tokens.create(ACTOR, OWNER, { name: 'one', scopes: ['drive:read'] })
    const lookUp = async () => (await store.resolveMany([secret.digest, 'no digest'])).get(secret.digest)
    return { pool, token, lookUp }
  }

  test('are planned once for each connection, and find what others find', async () => {
    const { pool, token, lookUp } = await preparing(database.url)
    for (let n = 0; n < 3; n++) expect(await lookUp()).toMatchObject({ id: token.id, scopes: ['drive:read'] })
    const client = await pool.connect()
    const { rows } = await client.query('select name, generic_plans + custom_plans as uses from pg_prepared_statements')
    client.release()
    expect(rows).toEqual([{ name: 'patkit_lookup_1', uses: expect.any(String) }])
  })

  test('are on connections that the store closes', async () => {
    await preparing(database.url)
    const pool = new pg.Pool({ connectionString: database.url })
    {
      await using store = sqlStore({ dialect: new PostgresDialect({ pool }), preparedOn: pool })
      expect((await store.resolveMany(['no digest'])).size).toBe(0)
    }
    expect(pool.ended).toBe(true)
  })

  test('go on when the tables have changed', async () => {
    const { pool, token, lookUp } = await preparing(database.url)
    await lookUp()
    await pool.query('alter table patkit_principal alter column kind type varchar(20)')
    expect(await lookUp()).toMatchObject({ id: token.id })
  })

  test.skipIf(pgbouncer === null)('are given up, with a warning, behind a pooler that loses them', async () => {
    const pooler = await startPgBouncer(pgbouncer as string, postgres as string)
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { token, lookUp } = await preparing(pooler.urlOf(database.url))
    // One of its two connections is taken: those of the pool share the other.
    const holder = new pg.Client({ connectionString: pooler.urlOf(database.url) })
    await holder.connect()
    await holder.query('begin')
    const found: Awaited<ReturnType<typeof lookUp>>[] = []
    await waitUntil(async () => {
      found.push(...(await Promise.all(Array.from({ length: 20 }, lookUp))))
      return warned.mock.calls.length > 0
    })
    found.push(...(await Promise.all(Array.from({ length: 20 }, lookUp))))
    expect(new Set(found.map((record) => record?.id))).toEqual(new Set([token.id]))
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('preparedOn'), {
      code: 'PATKIT_PREPARED_OFF',
    })
    await holder.end()
    await opened?.[Symbol.asyncDispose]()
    opened = undefined
    await pooler.stop()
  })
})

test('the pool of prepared lookups is checked', () => {
  const sqlite = new SqliteDialect({ database: new Database(':memory:') })
  const pool = new pg.Pool()
  expect(() => sqlStore({ dialect: sqlite, preparedOn: pool })).toThrow(/"preparedOn" is for PostgreSQL only/)
  const wrong = {} as pg.Pool
  expect(() => sqlStore({ dialect: new PostgresDialect({ pool }), preparedOn: wrong })).toThrow(
    /"preparedOn" must be a pool of pg/,
  )
})

import { type AuditEvent, createVerifier, inProcessChannel, tokenFormat } from '@patkit/core'
import { type Invalidation, joinedHeader } from '@patkit/core/adapter'
import { type SqlStore, sqlStore } from '@patkit/sql'
import {
  type Actor,
  createTokenService,
  memoryStore,
  type Owner,
  type TokenService,
  type TransactionTokens,
} from '@patkit/tokens'
import {
  CamelCasePlugin,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type Transaction,
} from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'

interface App {
  orders: { id: string }
}
type Work = (inside: TransactionTokens, trx: Transaction<App>) => Promise<void>

const ACTOR: Actor = { id: 'app', scopes: null }
const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }
const ROBOT: Owner = { organizationId: 'acme', principalId: 'robot' }
const INPUT = { name: 'ci', scopes: ['drive:read'] }
const format = tokenFormat({ prefix: 'acme_pat' })

class Abandoned extends Error {}

onEachEngine(({ name, open }) => {
  let database: TestDatabase
  let db: Kysely<App>
  let store: SqlStore
  let tokens: TokenService<Transaction<App>>
  let nodes: ReturnType<typeof createVerifier>[]
  let published: Invalidation[]

  beforeAll(async () => {
    database = await open()
    db = new Kysely<App>({ dialect: database.dialect(), plugins: [new CamelCasePlugin()] })
    await sql`create table orders (id varchar(40) primary key)`.execute(db)
    store = sqlStore({ db })
    await store.migrate()
  })

  afterAll(async () => {
    await db.destroy()
    await database.drop()
  })

  beforeEach(async () => {
    published = []
    const inner = inProcessChannel()
    const channel = {
      ...inner,
      async publish(what: Invalidation) {
        published.push(what)
        await inner.publish(what)
      },
    }
    tokens = createTokenService({ store, format, channel, policy: { maximumTokensPerPrincipal: 3 } })
    nodes = [1, 2].map(() => createVerifier(tokens.verifierOptions))
    await db.deleteFrom('orders').execute()
    await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    await tokens.deleteAll(ACTOR, OWNER)
    published = []
  })

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()))
    await tokens.close()
  })

  /** What each node answers to a token. */
  const answers = (secret: string) =>
    Promise.all(
      nodes.map(async (node) => {
        const decision = await node.verify(secret, READER)
        return decision.ok ? 'allowed' : decision.reason
      }),
    )

  const orders = async () => (await db.selectFrom('orders').select('id').execute()).map(({ id }) => id)

  async function committed(work: Work): Promise<TransactionTokens> {
    return db.transaction().execute(async (trx) => {
      const inside = tokens.in(trx)
      await work(inside, trx)
      return inside
    })
  }

  async function rolledBack(work: Work): Promise<TransactionTokens> {
    let inside: TransactionTokens | null = null
    const abandoned = db.transaction().execute(async (trx) => {
      inside = tokens.in(trx)
      await work(inside, trx)
      throw new Abandoned()
    })
    await expect(abandoned).rejects.toBeInstanceOf(Abandoned)
    return inside as unknown as TransactionTokens
  }

  const order = (trx: Transaction<App>, id: string) => trx.insertInto('orders').values({ id }).execute()

  test('a token and the rows of the application are committed together', async () => {
    let secret = ''
    const { announce } = await committed(async (inside, trx) => {
      await order(trx, 'o1')
      const issued = await inside.create(ACTOR, OWNER, INPUT)
      secret = issued.secret.reveal()
      expect(await inside.get(OWNER, issued.token.id)).toMatchObject({ name: 'ci' })
      await order(trx, 'o2')
    })
    await announce()
    expect(await answers(secret)).toEqual(['allowed', 'allowed'])
    expect(await orders()).toEqual(['o1', 'o2'])
  })

  test('a token that was made in a transaction that rolls back is gone, and so is its event', async () => {
    let secret = ''
    let id = ''
    const { announce } = await rolledBack(async (inside, trx) => {
      await order(trx, 'o1')
      const issued = await inside.create(ACTOR, OWNER, INPUT)
      secret = issued.secret.reveal()
      id = issued.token.id
    })
    await announce()
    expect(await answers(secret)).toEqual(['unknown_token', 'unknown_token'])
    expect(await orders()).toEqual([])
    expect(await tokens.history(OWNER, id)).toEqual([])
    expect((await tokens.list(OWNER)).total).toBe(0)
  })

  test('a revocation that rolls back leaves the token working on every node, announced or not', async () => {
    const { token, secret } = await tokens.create(ACTOR, OWNER, INPUT)
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed'])
    const { announce } = await rolledBack((inside) => inside.revoke(ACTOR, OWNER, token.id).then(() => {}))
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed'])
    await announce()
    expect(published).toEqual([])
    nodes.push(createVerifier(tokens.verifierOptions))
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed', 'allowed'])
  })

  test('a revocation that is committed holds at once after it is announced, and no sooner touches a cache', async () => {
    const { token, secret } = await tokens.create(ACTOR, OWNER, INPUT)
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed'])
    const { announce } = await committed(async (inside, trx) => {
      await inside.revoke(ACTOR, OWNER, token.id)
      await order(trx, 'o1')
    })
    expect(published).toEqual([])
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed'])
    await announce()
    expect(published).toEqual([{ kind: 'token', id: token.id, minVersion: token.version + 1 }])
    expect(await answers(secret.reveal())).toEqual(['revoked', 'revoked'])
    await announce()
    expect(published).toHaveLength(1)
  })

  test.each<[string, (inside: TransactionTokens, id: string) => Promise<unknown>, string]>([
    ['delete', (inside, id) => inside.delete(ACTOR, OWNER, id), 'unknown_token'],
    ['deleteAll', (inside) => inside.deleteAll(ACTOR, OWNER), 'unknown_token'],
    ['rotate', (inside, id) => inside.rotate(ACTOR, OWNER, id), 'superseded'],
    [
      'changePrincipal',
      (inside) => inside.changePrincipal(ACTOR, OWNER, (ada) => ({ ...ada, disabledAt: new Date() })),
      'principal_disabled',
    ],
  ])('%s: rolled back it is nothing, committed and announced it holds', async (_, verb, reason) => {
    const { token, secret } = await tokens.create(ACTOR, OWNER, INPUT)
    await answers(secret.reveal())
    await (await rolledBack((inside) => verb(inside, token.id).then(() => {}))).announce()
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed'])
    await (await committed((inside) => verb(inside, token.id).then(() => {}))).announce()
    expect(await answers(secret.reveal())).toEqual([reason, reason])
  })

  test('a verb that is refused writes nothing, and the transaction goes on', async () => {
    for (const name of ['1', '2']) await tokens.create(ACTOR, OWNER, { ...INPUT, name })
    const old = await tokens.create(ACTOR, OWNER, INPUT)
    await tokens.revoke(ACTOR, OWNER, old.token.id)
    const { announce } = await committed(async (inside, trx) => {
      await inside.create(ACTOR, OWNER, INPUT)
      await expect(inside.create(ACTOR, OWNER, INPUT)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_LIMIT' })
      // Found out after it was written.
      const again = inside.regenerate(ACTOR, OWNER, old.token.id)
      await expect(again).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_LIMIT' })
      await order(trx, 'o1')
    })
    await announce()
    expect(await orders()).toEqual(['o1'])
    expect((await tokens.get(OWNER, old.token.id)).status).toBe('revoked')
    expect((await tokens.list(OWNER, { status: 'active' })).total).toBe(3)
  })

  test('a key that is taken is refused, and the transaction goes on', async () => {
    const { id } = (await tokens.create(ACTOR, OWNER, INPUT)).token
    const same = createTokenService({ store, format, ids: () => id })
    await db.transaction().execute(async (trx) => {
      const taken = same.in(trx).create(ACTOR, OWNER, INPUT)
      await expect(taken).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_CONFLICT' })
      await order(trx, 'o1')
    })
    expect(await orders()).toEqual(['o1'])
  })

  test('verbs at once in one transaction are done one after the other', async () => {
    const { announce } = await committed(async (inside) => {
      const names = ['a', 'b', 'c', 'd', 'e']
      const results = await Promise.allSettled(names.map((name) => inside.create(ACTOR, OWNER, { ...INPUT, name })))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    })
    await announce()
    expect((await tokens.list(OWNER)).total).toBe(3)
  })

  /** The rows and events that name an id, after ada has been erased as an actor of the robot's changes. */
  async function namedOnRecord(id: string): Promise<readonly string[]> {
    const { items } = await tokens.audit.list({ organizationId: 'acme' }, { limit: 100 })
    const { items: robots } = await tokens.list(ROBOT)
    return [...items, ...robots].map((entry) => JSON.stringify(entry)).filter((text) => text.includes(`"${id}"`))
  }

  /** A name of its own for each test: events stay. */
  async function colleague(id: string) {
    const owner = { ...OWNER, principalId: id }
    for (const principal of [owner, ROBOT]) {
      await tokens.putPrincipal(ACTOR, { ...principal, kind: 'user', disabledAt: null, ceiling: null })
    }
    await tokens.deleteAll(ACTOR, ROBOT)
    const actor: Actor = { id, scopes: null }
    return { actor, erase: () => tokens.erasePrincipal(ACTOR, owner, { events: 'pseudonymise' }) }
  }

  const lateUse = (principalId: string, userId: string | null): AuditEvent => ({
    ...{ id: `late-${principalId}-${userId}`, at: new Date(), kind: 'use', outcome: 'allowed', tokenId: null },
    ...{
      organizationId: 'acme',
      principalId,
      userId,
      clientIp: '192.0.2.1',
      requiredScopes: [],
      missingScopes: [],
      count: 1,
    },
    ...{ request: { id: null, method: 'GET', path: '/', route: null, userAgent: null }, withdraws: null },
  })

  test.each<[string, string, (inside: TransactionTokens, trx: Transaction<App>, actor: Actor) => Promise<unknown>]>([
    ['create', 'eve', (inside, _, actor) => inside.create(actor, ROBOT, INPUT)],
    ['deleteAll', 'tom', (inside, _, actor) => inside.deleteAll(actor, ROBOT)],
    [
      'changePrincipal',
      'ben',
      (inside, _, actor) => inside.changePrincipal(actor, ROBOT, (robot) => ({ ...robot, disabledAt: new Date() })),
    ],
    ['a use', 'kim', (_, trx) => store.within(trx).audit.write([lateUse('kim', null), lateUse('robot', 'kim')])],
  ])('%s by an erased principal is written under its pseudonym', async (_, id, work) => {
    const { actor, erase } = await colleague(id)
    await tokens.create(ACTOR, ROBOT, INPUT)
    const { recordedAs } = await erase()
    await committed(async (inside, trx) => {
      await work(inside, trx, actor)
    })
    expect(await namedOnRecord(id)).toEqual([])
    const late = (await namedOnRecord(recordedAs)).filter((text) => /"(?:create|delete|principal|use)"/.test(text))
    expect(late.length).toBeGreaterThan(0)
  })

  if (name !== 'SQLite') {
    test('a principal that is erased after the first read of a transaction is unnamed after announce', async () => {
      const { actor, erase } = await colleague('bob')
      const { announce } = await committed(async (inside) => {
        // MariaDB shows the rows of this instant from now on.
        await inside.list(OWNER)
        await erase()
        await inside.create(actor, ROBOT, INPUT)
      })
      await announce()
      expect(await namedOnRecord('bob')).toEqual([])
    })
  }

  // Elsewhere an erasure waits for transactions that have written events of the principal.
  if (name === 'PostgreSQL') {
    test('a principal that is erased between its event and the commit is unnamed after announce', async () => {
      const { actor, erase } = await colleague('mia')
      const { announce } = await committed(async (inside) => {
        await inside.create(actor, ROBOT, INPUT)
        await erase()
      })
      expect(await namedOnRecord('mia')).not.toEqual([])
      await announce()
      expect(await namedOnRecord('mia')).toEqual([])
    })
  }

  test('a transaction that has ended is refused, in every verb', async () => {
    const { token } = await tokens.create(ACTOR, OWNER, INPUT)
    for (const end of [committed, rolledBack]) {
      const inside = await end(async () => {})
      await expect(inside.revoke(ACTOR, OWNER, token.id)).rejects.toThrow(
        /transaction is already (?:committed|rolled back)/i,
      )
      await expect(inside.create(ACTOR, OWNER, INPUT)).rejects.toThrow(/already/)
      await expect(inside.deleteAll(ACTOR, OWNER)).rejects.toThrow(/already/)
      await expect(inside.list(OWNER)).rejects.toThrow(/already/)
    }
    expect((await tokens.get(OWNER, token.id)).status).toBe('active')
  })

  test('announcing before the end is refused', async () => {
    const { token } = await tokens.create(ACTOR, OWNER, INPUT)
    await committed(async (inside) => {
      await inside.revoke(ACTOR, OWNER, token.id)
      await expect(inside.announce()).rejects.toThrow('announce was called before the transaction was committed')
    })
    expect(published).toEqual([])
  })

  test('a transaction of another Kysely instance is refused, and so is any other value', async () => {
    const other = new Kysely<App>({ dialect: database.dialect() })
    await other.transaction().execute(async (trx) => {
      expect(() => tokens.in(trx)).toThrow('another Kysely instance than the "db" of the store')
    })
    await other.destroy()
    expect(() => tokens.in(db as never)).toThrow(new TypeError('patkit: must be a transaction of Kysely'))
    expect(() => tokens.in(undefined as never)).toThrow(TypeError)
    const own = sqlStore({ dialect: database.dialect() })
    await db.transaction().execute(async (trx) => {
      expect(() => createTokenService({ store: own, format }).in(trx)).toThrow('transactions need sqlStore({ db })')
    })
    await own[Symbol.asyncDispose]()
  })

  test('a controlled transaction works alike, and closing the store leaves the pool to the application', async () => {
    const trx = await db.startTransaction().execute()
    const inside = tokens.in(trx)
    const { secret } = await inside.create(ACTOR, OWNER, INPUT)
    await trx.commit().execute()
    await inside.announce()
    expect(await answers(secret.reveal())).toEqual(['allowed', 'allowed'])
    const second = sqlStore({ db, tablePrefix: 'second_' })
    await second.migrate()
    const service = createTokenService({ store: second, format })
    await service.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
    await db.transaction().execute((inner) => service.in(inner).create(ACTOR, OWNER, INPUT))
    expect((await service.list(OWNER)).total).toBe(1)
    await service.close()
    await second[Symbol.asyncDispose]()
    await db.insertInto('orders').values({ id: 'after' }).execute()
    expect(await orders()).toContain('after')
  })
})

const READER = {
  header: (token: string, name: string) => joinedHeader(['authorization', `Bearer ${token}`], name),
  peer: () => '192.0.2.1',
  context: () => ({ id: null, method: 'GET', path: '/', route: null, userAgent: null }),
}

describe('options', () => {
  const db = new Kysely<App>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (any) => new SqliteIntrospector(any),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })

  test.each<[string, object]>([
    ['"db" and "dialect" cannot be combined', { db, dialect: {} }],
    ['"dialect" must be a Kysely dialect, or "db" a Kysely instance', {}],
    ['"db" must be a Kysely instance', { db: {} }],
    ['"db" must be a Kysely instance', { db: null }],
  ])('%s', (message, options) => {
    expect(() => sqlStore(options as never)).toThrow(TypeError)
    expect(() => sqlStore(options as never)).toThrow(message)
  })

  test('a store in memory takes part in no transaction', () => {
    const tokens = createTokenService({ store: memoryStore(), format })
    expect(() => tokens.in(undefined as never)).toThrow('takes part in no transaction')
  })
})

import { tokenFormat } from '@patkit/core'
import type { Invalidation } from '@patkit/core/adapter'
import { type InvalidationLog, pollingChannel, type SqlStore, sqlStore } from '@patkit/sql'
import { createTokenService } from '@patkit/tokens'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { onEachEngine, onEachServer, type TestDatabase } from '../servers/engine.ts'
import { deferred } from './deferred.ts'
import { hasHeardOf, record } from './recorder.ts'
import { ACTOR, type Node, OWNER, openNode } from './tokens-on.ts'

const HOUR_MS = 3_600_000
const INTERVAL_MS = 5

describe('a change on one node', () => {
  onEachEngine((engine) => {
    let database: TestDatabase
    let here: Node
    let other: Node
    beforeEach(async () => {
      database = await engine.open()
      here = await openNode(database)
      other = await openNode(database, { clock: () => Date.now() - HOUR_MS })
    })
    afterEach(async () => {
      await here[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await database.drop()
    })
    const poll = (store: SqlStore = here.store) => record(pollingChannel({ store, intervalMs: INTERVAL_MS }))

    test('is brought with its version, also by a writer whose clock is an hour behind', async () => {
      const [id = ''] = await other.create(1)
      await using recorder = await poll()
      await other.tokens.revoke(ACTOR, OWNER, id)
      await recorder.until(hasHeardOf(id))
      expect(recorder.messages.at(-1)).toEqual({ kind: 'token', id, minVersion: 2 })
      expect(recorder.gaps).toBe(0)
    })

    test('is brought once, for each verb that invalidates', async () => {
      const [first = '', second = '', third = ''] = await other.create(3)
      await using recorder = await poll()
      const begun = recorder.messages.length
      await other.tokens.delete(ACTOR, OWNER, first)
      await other.tokens.rotate(ACTOR, OWNER, second)
      await other.tokens.revokeAll(ACTOR, OWNER)
      await other.tokens.changePrincipal(ACTOR, OWNER, (ada) => ({ ...ada, disabledAt: new Date() }))
      await other.store.invalidations.append({ kind: 'all' })
      await recorder.until(({ messages }) => messages.at(-1)?.kind === 'all')
      await recorder.nextCatchUp()
      const seen = recorder.messages.slice(begun).map((what) => JSON.stringify(what))
      const token = (id: string, minVersion: number) => JSON.stringify({ kind: 'token', id, minVersion })
      const all = JSON.stringify({ kind: 'all', id: null, minVersion: null })
      const principal = JSON.stringify({ kind: 'principal', id: 'ada', minVersion: null })
      expect(seen.toSorted()).toEqual(
        [...[token(first, 2), token(second, 2), token(second, 3), token(third, 2), principal], all].toSorted(),
      )
    })

    test('that erases a principal is brought as one of everything, and leaves no id of it in the log', async () => {
      await other.create(1)
      await using recorder = await poll()
      await other.tokens.erasePrincipal(ACTOR, OWNER, { events: 'keep' })
      await recorder.until(({ messages }) => messages.some(({ kind }) => kind === 'all'))
      const kinds = (await here.store.invalidations.from(0, 100)).map(({ what }) => what.kind)
      expect(kinds).toEqual(['token', 'all'])
    })

    test('of the last minute is brought at the start', async () => {
      const [id = ''] = await other.create(1)
      await other.tokens.revoke(ACTOR, OWNER, id)
      await using recorder = await poll()
      expect(recorder.messages).toContainEqual({ kind: 'token', id, minVersion: 2 })
    })

    test('during an outage is brought after it, without a gap', async () => {
      const [id = ''] = await other.create(1)
      const failures: unknown[] = []
      let away = false
      const log = interrupted(here.store.invalidations, () => away)
      const options = { store: { invalidations: log }, intervalMs: INTERVAL_MS }
      const failed = deferred()
      await using recorder = await record(
        pollingChannel({
          ...options,
          onError: (cause) => {
            failures.push(cause)
            failed.resolve()
          },
        }),
      )
      away = true
      await failed.promise
      await other.tokens.revoke(ACTOR, OWNER, id)
      away = false
      await recorder.until(hasHeardOf(id))
      expect(recorder.gaps).toBe(0)
      expect(failures[0]).toEqual(new Error('away'))
    })

    test('is not missed where the log was replaced: a gap says so', async () => {
      await other.create(1)
      let now = 0
      await using recorder = await record(
        pollingChannel({ store: here.store, intervalMs: INTERVAL_MS, clock: () => now }),
      )
      // The place of the reader moves to the newest row.
      now = 2 * 60_000
      await recorder.nextCatchUp()
      const db = new Kysely<never>({ dialect: database.dialect() })
      await sql`delete from patkit_invalidation`.execute(db)
      await db.destroy()
      await recorder.until(({ gaps }) => gaps === 1)
      await recorder.nextCatchUp()
    })

    test('is not announced by a transaction that was rolled back', async () => {
      const [id = ''] = await other.create(1)
      await using recorder = await poll()
      const db = new Kysely<unknown>({ dialect: database.dialect() })
      const tokens = tokensOf(sqlStore({ db }))
      const undone = db.transaction().execute(async (transaction) => {
        await tokens.in(transaction).revoke(ACTOR, OWNER, id)
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      await recorder.nextCatchUp()
      expect(recorder.messages.filter((what) => what.kind === 'token')).toEqual([])
      await db.destroy()
    })
  })
})

describe('a transaction that is open for 30 seconds', () => {
  onEachServer((engine) => {
    test('is brought after changes with later numbers', async () => {
      const database = await engine.open()
      const here = await openNode(database)
      const [held = '', later = ''] = await here.create(2)
      let now = Date.now()
      const recorder = await record(pollingChannel({ store: here.store, intervalMs: INTERVAL_MS, clock: () => now }))
      const db = new Kysely<unknown>({ dialect: database.dialect() })
      await db.transaction().execute(async (transaction) => {
        await tokensOf(sqlStore({ db })).in(transaction).revoke(ACTOR, OWNER, held)
        await here.tokens.revoke(ACTOR, OWNER, later)
        await recorder.until(hasHeardOf(later))
        now += 30_000
        await recorder.nextCatchUp()
      })
      await recorder.until(hasHeardOf(held))
      await recorder[Symbol.asyncDispose]()
      await db.destroy()
      await here[Symbol.asyncDispose]()
      await database.drop()
    })
  })
})

describe('options', () => {
  test.each([
    [{}, 'patkit option "store" must be made by sqlStore'],
    [{ intervalMs: 0 }, 'patkit option "intervalMs" must be a whole number from 1 to 60000'],
    [{ overlapSeconds: 3_601 }, 'patkit option "overlapSeconds" must be a whole number from 1 to 3600'],
    [{ every: 5 }, 'patkit option "every" is not an option'],
  ])('%j', (options, message) => {
    const store = Object.keys(options).length === 0 ? null : { invalidations: { from() {} } }
    expect(() => pollingChannel({ store, ...options } as never)).toThrow(new TypeError(message))
  })

  test('a standby is refused', async () => {
    const invalidations = { from() {}, isStandby: async () => true } as unknown as InvalidationLog
    const subscribing = record(pollingChannel({ store: { invalidations } }))
    await expect(subscribing).rejects.toMatchObject({ code: 'ERR_PAT_CHANNEL_STANDBY' })
  })
})

function tokensOf<S extends SqlStore>(store: S) {
  return createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
}

/** A log that cannot be read while it is away. */
function interrupted(log: InvalidationLog, isAway: () => boolean): InvalidationLog {
  return {
    ...log,
    from: async (number, limit) => {
      if (isAway()) throw new Error('away')
      return log.from(number, limit)
    },
    append: (what: Invalidation) => log.append(what),
  }
}

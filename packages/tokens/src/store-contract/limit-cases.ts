import { strictEqual as equal } from 'node:assert/strict'
import { at, type Case, HOUR, limitOf, listOf, MINUTE, NO_RULES } from './harness.ts'

/** Cases on the limit of live tokens of a principal. */
export const LIMIT_CASES: readonly Case[] = [
  {
    name: 'the limit counts live tokens, and holds when many are created at once',
    async check({ store, owner, create }) {
      await create('expired', { expiresAt: at(0) })
      await create('revoked', { revokedAt: at(0) })
      const made = await Promise.all(Array.from({ length: 24 }, (_, n) => create(`t${n}`, {}, limitOf(5))))
      equal(made.filter((outcome) => outcome === 'ok').length, 5)
      equal(made.filter((outcome) => outcome === 'limit').length, 19)
      equal((await store.list(owner, listOf())).total, 7)
    },
  },
  {
    name: 'what the rules of life have ended does not count',
    async check({ create }) {
      await create('old', { issuedAt: at(-HOUR) })
      await create('idle', { issuedAt: at(-HOUR), lastUsedAt: at(-MINUTE) })
      equal(await create('a', {}, limitOf(2)), 'limit')
      equal(await create('b', {}, limitOf(2, { life: { ...NO_RULES, idleMs: HOUR } })), 'ok')
      equal(await create('c', {}, limitOf(2, { life: { ...NO_RULES, idleMs: HOUR } })), 'limit')
      equal(await create('d', {}, limitOf(2, { life: { ...NO_RULES, maximumMs: HOUR } })), 'ok')
      equal(await create('e', { expiresAt: at(1) }, limitOf(1, { life: { ...NO_RULES, endRequired: true } })), 'ok')
    },
  },
  {
    name: 'a token brought back counts, and the limit holds against insertions at the same time',
    async check({ store, owner, create, update }) {
      for (let n = 0; n < 8; n++) await create(`dead${n}`, { revokedAt: at(0) })
      const revivals = Array.from({ length: 8 }, (_, n) =>
        update(`dead${n}`, 1, { set: { revokedAt: null } }, limitOf(4)),
      )
      const insertions = Array.from({ length: 8 }, (_, n) => create(`new${n}`, {}, limitOf(4)))
      const outcomes = await Promise.all([...revivals, ...insertions])
      equal(outcomes.filter((outcome) => outcome === 'limit').length, 12)
      equal((await store.list(owner, listOf({ status: 'active' }))).total, 4)
    },
  },
]

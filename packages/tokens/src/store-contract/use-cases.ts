import { deepStrictEqual as deepEqual, strictEqual as equal } from 'node:assert/strict'
import { at, type Case, HOUR } from './harness.ts'

/** Cases on recording the uses of tokens. */
export const USE_CASES: readonly Case[] = [
  {
    name: 'uses move lastUsedAt forward only, add up, and leave everything else alone',
    async check({ store, id, create, token }) {
      await create('a')
      await create('b')
      const use = (ms: number, ip: string, count: number) => ({ tokenId: id('a'), at: at(ms), ip, count })
      await store.touch([use(5, 'new', 2), { tokenId: id('b'), at: at(1), ip: null, count: 1 }])
      await store.touch([use(3, 'old', 1), { tokenId: id('missing'), at: at(9), ip: null, count: 1 }])
      const { lastUsedAt, lastUsedIp, useCount, version, updatedAt } = await token('a')
      deepEqual(
        { lastUsedAt, lastUsedIp, useCount, version, updatedAt },
        { lastUsedAt: at(5), lastUsedIp: 'new', useCount: 3, version: 1, updatedAt: at(0) },
      )
      equal(await store.find({ organizationId: 'x', principalId: 'y' }, id('missing')), null)
    },
  },
  {
    name: 'the uses of a batch count once, however often it comes',
    async check({ store, id, create, token }) {
      await create('a')
      const batch = (writer: string, number: number) =>
        store.touch([{ tokenId: id('a'), at: at(number), ip: null, count: 1 }], { writer: id(writer), number })
      for (const number of [1, 1, 2, 1, 2, 5]) await batch('one', number)
      await Promise.all([batch('two', 1), batch('three', 1)])
      await batch('two', 1)
      const { useCount, lastUsedAt } = await token('a')
      deepEqual({ useCount, lastUsedAt }, { useCount: 5, lastUsedAt: at(5) })
    },
  },
  {
    name: 'a use never undoes a revocation, and a revoked token is not touched',
    async check({ store, id, create, update, token }) {
      await create('a')
      const uses = Array.from({ length: 20 }, (_, n) =>
        store.touch([{ tokenId: id('a'), at: at(n), ip: null, count: 1 }]),
      )
      await Promise.all([...uses, update('a', 1, { set: { revokedAt: at(1) } })])
      const revoked = await token('a')
      deepEqual(revoked.revokedAt, at(1))
      await store.touch([{ tokenId: id('a'), at: at(HOUR), ip: 'x', count: 1 }])
      deepEqual(await token('a'), revoked)
    },
  },
]

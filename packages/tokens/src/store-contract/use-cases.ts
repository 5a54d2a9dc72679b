import { deepStrictEqual as deepEqual, strictEqual as equal } from 'node:assert/strict'
import { at, type Case, HOUR, secretOf } from './harness.ts'

/** Cases on recording the uses of tokens. */
export const USE_CASES: readonly Case[] = [
  {
    name: 'uses move lastUsedAt forward only, add up, and leave everything else alone',
    async check({ store, id, create, token }) {
      await create('a')
      await create('b')
      const use = (ms: number, ip: string, count: number) => ({
        tokenId: id('a'),
        at: at(ms),
        ip,
        count,
        secrets: [],
        scopes: null,
      })
      await store.touch([
        use(5, 'new', 2),
        { tokenId: id('b'), at: at(1), ip: null, count: 1, secrets: [], scopes: null },
      ])
      await store.touch([
        use(3, 'old', 1),
        { tokenId: id('missing'), at: at(9), ip: null, count: 1, secrets: [], scopes: null },
      ])
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
        store.touch([{ tokenId: id('a'), at: at(number), ip: null, count: 1, secrets: [], scopes: null }], {
          writer: id(writer),
          number,
        })
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
        store.touch([{ tokenId: id('a'), at: at(n), ip: null, count: 1, secrets: [], scopes: null }]),
      )
      await Promise.all([...uses, update('a', 1, { set: { revokedAt: at(1) } })])
      const revoked = await token('a')
      deepEqual(revoked.revokedAt, at(1))
      await store.touch([{ tokenId: id('a'), at: at(HOUR), ip: 'x', count: 1, secrets: [], scopes: null }])
      deepEqual(await token('a'), revoked)
    },
  },
  {
    name: 'each secret has its own last use, which moves forward only and for its token alone',
    async check({ store, owner, id, create, update }) {
      await create('a')
      await create('b')
      const [old, fresh] = [`sha-${id('a')}`, `sha-${id('a2')}`]
      const secret = { ...secretOf(id('a2'), true), createdAt: at(1) }
      await update('a', 1, { addSecret: secret, endOtherSecretsAt: at(HOUR) })
      const touch = (tokenId: string, ...secrets: readonly (readonly [digest: string, ms: number, ip: string])[]) =>
        store.touch([
          {
            ...{ tokenId: id(tokenId), at: at(9), ip: null, count: 1 },
            secrets: secrets.map(([digest, ms, ip]) => ({ digest, at: at(ms), ip })),
            scopes: null,
          },
        ])
      await touch('a', [old, 5, 'old'], [fresh, 7, 'new'])
      await touch('a', [old, 3, 'late'])
      await touch('b', [old, 8, 'foreign'])
      const made = { endsAt: null, lastUsedAt: at(7), lastUsedIp: 'new' }
      const earlier = { createdAt: at(0), endsAt: at(HOUR), lastUsedAt: at(5), lastUsedIp: 'old' }
      deepEqual(await store.listSecrets(owner, id('a'), 10), [{ createdAt: at(1), ...made }, earlier])
      deepEqual(await store.listSecrets(owner, id('a'), 1), [{ createdAt: at(1), ...made }])
      const unused = { createdAt: at(0), endsAt: null, lastUsedAt: null, lastUsedIp: null }
      deepEqual(await store.listSecrets(owner, id('b'), 10), [unused])
      deepEqual(await store.listSecrets({ ...owner, principalId: 'other' }, id('a'), 10), [])
      await update('a', 2, { set: { revokedAt: at(9) } })
      await touch('a', [old, 10, 'dead'])
      deepEqual((await store.listSecrets(owner, id('a'), 10))[1], earlier)
    },
  },
  {
    name: 'uses of scopes are on record since the first use, until one is written without them',
    async check({ store, owner, id, event, create, update }) {
      await create('a', { scopes: ['drive:read', 'drive:write'] })
      const use = (ms: number, scopes: readonly string[] | null) =>
        store.touch([
          {
            ...{ tokenId: id('a'), at: at(ms), ip: null, count: 1, secrets: [] },
            scopes: scopes?.map((scope) => ({ scope, at: at(ms) })) ?? null,
          },
        ])
      const found = () => store.findScopeUses(owner, id('a'))
      const [start, ...later] = [0, 5, 7, 9].map((ms) => at(ms).getTime()) as [number, number, number, number]
      equal(await found(), null)
      await use(5, ['drive:read'])
      const first = { 'drive:read': [start, later[0]], 'drive:write': [start, null] }
      deepEqual(await found(), { useCount: 1, scopes: first })
      await use(3, ['drive:read'])
      await update('a', 1, { set: { scopes: ['drive:read', 'mail:read'] } })
      await use(7, ['mail:read'])
      const second = { 'drive:read': [start, later[0]], 'mail:read': [later[1], later[1]] }
      deepEqual(await found(), { useCount: 3, scopes: second })
      await use(8, null)
      deepEqual(await found(), { useCount: 3, scopes: second })
      await use(9, [])
      deepEqual(await found(), {
        useCount: 5,
        scopes: { 'drive:read': [later[2], null], 'mail:read': [later[2], null] },
      })
      equal(await store.findScopeUses({ ...owner, principalId: 'other' }, id('a')), null)
      await store.remove(owner, id('a'), () => event('delete', id('a')))
      await create('a')
      equal(await found(), null)
    },
  },
]

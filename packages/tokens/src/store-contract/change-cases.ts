import { deepStrictEqual as deepEqual, strictEqual as equal, ok, rejects } from 'node:assert/strict'
import type { ListQuery, Owner } from '../stores/token-store.ts'
import { at, type Case, HOUR, listOf, MINUTE, secretOf, tokenOf, UNCHANGED, UPDATED } from './harness.ts'

/** Cases on changing, revoking and removing tokens. */
export const CHANGE_CASES: readonly Case[] = [
  {
    name: 'an update changes what it names, adds one to the version, says when, and keeps its event',
    async check({ store, owner, id, create, update, token }) {
      await create('a', { description: 'before' })
      const set = {
        name: 'neu',
        description: null,
        hint: 'h',
        scopes: [],
        ipAllowlist: ['10.0.0.0/8'],
        expiresAt: at(9),
      }
      const changed = await update('a', 1, { set })
      deepEqual(changed, { ...tokenOf(owner, id('a'), 'a', {}), ...set, version: 2, updatedAt: at(UPDATED) })
      deepEqual(await token('a'), changed)
      deepEqual(
        (await store.history(owner, id('a'))).map(({ action }) => action),
        ['create', 'update'],
      )
    },
  },
  {
    name: 'the changes of an id are counted, of any owner, also after a deletion',
    async check({ store, owner, id, create, update, event }) {
      equal(await store.countChanges(id('a')), 0)
      await create('a')
      await create('b')
      await update('a', 1, { set: { name: 'neu' } })
      equal(await store.countChanges(id('a')), 2)
      await store.remove(owner, id('a'), () => event('delete', id('a')))
      equal(await store.countChanges(id('a')), 3)
      const first = 1_000_000_000_000
      equal(await create('a', { version: first }), 'ok')
      equal((await store.find(owner, id('a')))?.version, first)
    },
  },
  {
    name: 'an update of another version is a conflict and writes nothing',
    async check({ store, owner, id, create, update, token, record }) {
      await create('a')
      const before = await token('a')
      equal(
        await update('a', 2, { set: { name: 'b' }, addSecret: secretOf(id('new')), endOtherSecretsAt: at(0) }),
        'conflict',
      )
      deepEqual(await token('a'), before)
      equal(await record(`sha-${id('new')}`), undefined)
      equal((await record(`sha-${id('a')}`))?.secretEndsAt, null)
      equal((await store.history(owner, id('a'))).length, 1)
    },
  },
  {
    name: 'of many rotations at once one wins, and one secret lives',
    async check({ store, id, create, update, token }) {
      await create('a')
      const digests = Array.from({ length: 16 }, (_, n) => id(`secret${n}`))
      const outcomes = await Promise.all(
        digests.map((digest) => update('a', 1, { addSecret: secretOf(digest), endOtherSecretsAt: at(0) })),
      )
      equal(outcomes.filter((outcome) => typeof outcome === 'object').length, 1)
      const records = await store.resolveMany([id('a'), ...digests].map((digest) => `sha-${digest}`))
      equal([...records.values()].filter(({ secretEndsAt }) => secretEndsAt === null).length, 1)
      equal(records.size, 2)
      equal((await token('a')).version, 2)
    },
  },
  {
    name: 'an overlap ends with its time or with the adoption, which happens once',
    async check({ id, create, update, record }) {
      await create('a')
      await update('a', 1, { addSecret: secretOf(id('new'), true), endOtherSecretsAt: at(HOUR) })
      deepEqual((await record(`sha-${id('a')}`))?.secretEndsAt, at(HOUR))
      equal((await record(`sha-${id('new')}`))?.awaitsAdoption, true)
      const adopt = { adopt: `sha-${id('new')}`, endOtherSecretsAt: at(MINUTE) }
      const adopted = await Promise.all([update('a', 2, adopt), update('a', 2, adopt)])
      equal(adopted.filter((outcome) => typeof outcome === 'object').length, 1)
      deepEqual((await record(`sha-${id('a')}`))?.secretEndsAt, at(MINUTE))
      const secret = await record(`sha-${id('new')}`)
      equal(secret?.awaitsAdoption, false)
      equal(secret?.secretEndsAt, null)
      equal(await update('a', 3, adopt), 'conflict')
    },
  },
  {
    name: 'an ended secret stays ended, even if others end later',
    async check({ id, create, update, record }) {
      await create('a')
      await update('a', 1, { addSecret: secretOf(id('b')), endOtherSecretsAt: at(MINUTE) })
      await update('a', 2, { addSecret: secretOf(id('c')), endOtherSecretsAt: at(HOUR) })
      deepEqual((await record(`sha-${id('a')}`))?.secretEndsAt, at(MINUTE))
      deepEqual((await record(`sha-${id('b')}`))?.secretEndsAt, at(HOUR))
      equal((await record(`sha-${id('c')}`))?.secretEndsAt, null)
    },
  },
  {
    name: 'to another owner or organization a token does not exist',
    async check({ store, owner, id, create, token, event }) {
      await create('a')
      const others = [
        { ...owner, principalId: 'other' },
        { ...owner, organizationId: `${owner.organizationId}x` },
      ]
      for (const other of others) {
        const foreign = { ...event('update', id('a')), ...other }
        equal(await store.find(other, id('a')), null)
        equal(
          await store.updateIfVersion(other, id('a'), {
            version: 1,
            change: { ...UNCHANGED, set: { name: 'x' } },
            limit: null,
            event: foreign,
            answer: null,
          }),
          'missing',
        )
        deepEqual(await store.remove(other, id('a'), () => foreign), [])
        deepEqual(await store.remove(other, null, () => foreign), [])
        equal((await store.list(other, listOf())).total, 0)
        deepEqual(await store.history(other, id('a')), [])
      }
      equal((await token('a')).version, 1)
    },
  },
  {
    name: 'removal takes secrets along and leaves the history',
    async check({ store, owner, id, create, record, event }) {
      await create('a')
      await create('b')
      deepEqual(await store.remove(owner, id('a'), () => event('delete', id('a'))), [{ id: id('a'), version: 1 }])
      deepEqual(await store.remove(owner, id('a'), () => event('delete', id('a'))), [])
      equal(await record(`sha-${id('a')}`), undefined)
      ok(await record(`sha-${id('b')}`))
      deepEqual(
        (await store.history(owner, id('a'))).map(({ action }) => action),
        ['create', 'delete'],
      )
      for (let n = 0; n < 150; n++) await create(`t${n}`)
      equal((await store.remove(owner, null, ({ id }) => event('delete', id))).length, 151)
      equal((await store.list(owner, listOf())).total, 0)
      equal((await store.history(owner, id('t149'))).length, 2)
    },
  },
  {
    name: 'all tokens of an owner are revoked at once, each with its event, and those of others are not',
    async check({ store, owner, id, event, principal, create, update, token, record }) {
      const other = { ...owner, principalId: 'other' }
      await principal(other)
      for (const name of ['a', 'b', 'expired']) await create(name, name === 'expired' ? { expiresAt: at(0) } : {})
      await create('revoked', { revokedAt: at(0) })
      await update('b', 1, { set: { name: 'renamed' } })
      const foreign = tokenOf(other, id('foreign'), 'foreign', {})
      await store.insert({
        token: foreign,
        secret: secretOf(id('foreign')),
        limit: null,
        answer: null,
        event: { ...event('create', foreign.id), ...other },
      })
      const revoke = () => store.revokeAll(owner, at(5), ({ id }) => event('revoke', id))
      const [first, second] = await Promise.all([revoke(), revoke()])
      deepEqual(
        [...first, ...second].toSorted((x, y) => (x.id < y.id ? -1 : 1)),
        [
          { id: id('a'), version: 2 },
          { id: id('b'), version: 3 },
          { id: id('expired'), version: 2 },
        ],
      )
      deepEqual((await record(`sha-${id('a')}`))?.revokedAt, at(5))
      const { revokedAt, updatedAt, version } = await token('b')
      deepEqual({ revokedAt, updatedAt, version }, { revokedAt: at(5), updatedAt: at(5), version: 3 })
      deepEqual((await token('revoked')).revokedAt, at(0))
      equal((await store.find(other, id('foreign')))?.revokedAt, null)
      deepEqual(
        (await store.history(owner, id('b'))).map(({ action }) => action),
        ['create', 'revoke', 'update'].toSorted(),
      )
      deepEqual(await store.revokeAll({ ...owner, principalId: 'nobody' }, at(5), () => event('revoke', null)), [])
    },
  },
  {
    name: 'of revocations and rotations of many tokens at once none is lost',
    async check({ store, owner, id, event, create, update, token }) {
      const names = Array.from({ length: 20 }, (_, n) => `t${n}`)
      for (const name of names) await create(name)
      const rotated = names.map((name) => update(name, 1, { addSecret: secretOf(id(`${name}-new`)) }))
      const revoked = store.revokeAll(owner, at(5), ({ id }) => event('revoke', id))
      await Promise.all([...rotated, revoked])
      for (const { id: tokenId, version } of await revoked) {
        const found = await store.find(owner, tokenId)
        ok(found !== null && found.version >= version && found.revokedAt !== null, tokenId)
      }
      equal((await revoked).length, names.length)
      for (const name of names) deepEqual((await token(name)).revokedAt, at(5))
    },
  },
  {
    name: 'an owner with a member that is misspelt, missing or unknown is rejected, and nothing is removed',
    async check({ store, owner, id, create, event }) {
      await create('a')
      const { organizationId, principalId } = owner
      const gone = () => event('delete', id('a'))
      const never = { ...UNCHANGED, set: { name: 'b' } }
      const misspelt = [{ organizationId, principalID: principalId }, { ...owner, tenant: 'x' }, { organizationId }]
      for (const wrong of misspelt as unknown as Owner[]) {
        await rejects(store.remove(wrong, null, gone))
        await rejects(store.find(wrong, id('a')))
        await rejects(store.findPrincipal(wrong))
        await rejects(store.findAnswer(wrong, 'k', at(0)))
        await rejects(store.history(wrong, id('a')))
        await rejects(
          store.updateIfVersion(wrong, id('a'), {
            version: 1,
            change: never,
            limit: null,
            event: event('update', id('a')),
            answer: null,
          }),
        )
        await rejects(store.changePrincipal(wrong, (principal) => principal, event('principal', null)))
      }
      for (const wrong of misspelt.slice(0, 2)) await rejects(store.list(wrong as Owner, listOf()))
      await rejects(store.list(owner, { ...listOf(), name: null, statuses: 'all' } as ListQuery))
      equal((await store.find(owner, id('a')))?.name, 'a')
    },
  },
]

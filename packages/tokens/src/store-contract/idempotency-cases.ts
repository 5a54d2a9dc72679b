import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from 'node:assert/strict'
import type { Change } from '../stores/token-store.ts'
import { answerOf, at, type Case, HOUR, listOf, secretOf, tokenOf, UNCHANGED } from './harness.ts'

/** Cases on changes with an idempotency key. */
export const IDEMPOTENCY_CASES: readonly Case[] = [
  {
    name: 'of insertions with one idempotency key one is made, until its time is up',
    async check({ store, owner, id, event }) {
      const insert = (name: string, now: number) => {
        const token = tokenOf(owner, id(name), name, { createdAt: at(now) })
        return store.insert({
          token,
          secret: secretOf(id(name)),
          limit: null,
          answer: answerOf(id(name), 'key', now),
          event: event('create', id(name)),
        })
      }
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => insert(`t${n}`, 0)))
      equal(outcomes.filter((outcome) => outcome === 'ok').length, 1)
      equal(outcomes.filter((outcome) => outcome === 'duplicate').length, 7)
      equal((await store.list(owner, listOf())).total, 1)
      ok(await store.findAnswer(owner, 'key', at(HOUR - 1)))
      equal(await store.findAnswer(owner, 'key', at(HOUR)), null)
      equal(await store.findAnswer({ ...owner, principalId: 'other' }, 'key', at(0)), null)
      equal(await insert('later', HOUR), 'ok')
      equal((await store.findAnswer(owner, 'key', at(HOUR)))?.tokenId, id('later'))
      ok((await store.prune(at(2 * HOUR))) >= 1)
      equal(await store.findAnswer(owner, 'key', at(HOUR)), null)
    },
  },
  {
    name: 'of changes with one idempotency key one is made, and the others change nothing',
    async check({ store, owner, id, create, event }) {
      for (const name of ['a', 'b']) await create(name)
      const rotated = (name: string, secret: string) => {
        const change = { ...UNCHANGED, addSecret: secretOf(id(secret)), endOtherSecretsAt: at(1) }
        return store.updateIfVersion(owner, id(name), {
          version: 1,
          change,
          limit: null,
          event: event('rotate', id(name)),
          answer: answerOf(id(name)),
        })
      }
      const outcomes = await Promise.all([
        rotated('a', 'a1'),
        rotated('a', 'a2'),
        rotated('b', 'b1'),
        rotated('b', 'b2'),
      ])
      const made = outcomes.filter((outcome) => typeof outcome === 'object')
      equal(made.length, 1)
      equal(outcomes.filter((outcome) => outcome === 'conflict').length, 3)
      const answer = await store.findAnswer(owner, 'key', at(0))
      deepEqual([answer?.tokenId, answer?.sealed, answer?.requestHash], [made[0]?.id, 's', 'r'])
      const versions = await Promise.all(['a', 'b'].map(async (name) => (await store.find(owner, id(name)))?.version))
      deepEqual(versions.sort(), [1, 2])
      const digests = ['a1', 'a2', 'b1', 'b2'].map((name) => secretOf(id(name)).digest)
      equal((await store.resolveMany(digests)).size, 1)
    },
  },
  {
    name: 'a sealed answer ends with its secret, and its key stays used',
    async check({ store, owner, id, event }) {
      const sealed = async (name: string) => (await store.findAnswer(owner, name, at(0)))?.sealed
      const names = ['revoked', 'rotated', 'renamed', 'adopted', 'deleted', 'other']
      for (const name of names) {
        const token = tokenOf(owner, id(name), name, {})
        equal(
          await store.insert({
            token,
            secret: secretOf(id(name)),
            limit: null,
            answer: answerOf(id(name), name),
            event: event('create', id(name)),
          }),
          'ok',
        )
      }
      const update = (name: string, change: Partial<Change>) =>
        store.updateIfVersion(owner, id(name), {
          version: 1,
          change: { ...UNCHANGED, ...change },
          limit: null,
          event: event('update', id(name)),
          answer: null,
        })
      await update('renamed', { set: { name: 'x' } })
      await update('adopted', { endOtherSecretsAt: at(1) })
      await update('revoked', { set: { revokedAt: at(1) } })
      await update('rotated', { addSecret: secretOf(id('next')), endOtherSecretsAt: at(1) })
      await store.remove(owner, id('deleted'), (gone) => event('delete', gone.id))
      deepEqual(await Promise.all(names.map(sealed)), [null, null, 's', 's', null, 's'])
      equal(
        await store.insert({
          token: tokenOf(owner, id('again'), 'again', {}),
          secret: secretOf(id('again')),
          limit: null,
          answer: answerOf(id('again'), 'deleted'),
          event: event('create', id('again')),
        }),
        'duplicate',
      )
      await store.revokeAll(owner, at(2), (revoked) => event('revoke', revoked.id))
      deepEqual(await Promise.all(names.map(sealed)), [null, null, null, null, null, null])
    },
  },
]

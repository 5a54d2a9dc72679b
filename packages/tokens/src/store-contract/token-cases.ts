import { deepStrictEqual as deepEqual, strictEqual as equal } from 'node:assert/strict'
import type { ChangeEvent } from '../audit/change-event.ts'
import { at, type Case, HOUR, listOf, NAMES, secretOf, tokenOf } from './harness.ts'

/** Cases on inserting tokens and reading their records. */
export const TOKEN_CASES: readonly Case[] = [
  {
    name: 'returns every field of a token as it was stored',
    async check({ store, owner, id, create }) {
      const full = {
        description: 'für Bücher 👩‍🚀',
        scopes: ['a:b', 'c:*'],
        userId: 'someone',
        ipAllowlist: ['10.0.0.0/8', '2001:db8::/32'],
        expiresAt: at(HOUR + 1),
        revokedAt: at(2),
        issuedAt: at(1),
        lastUsedAt: at(3),
        lastUsedIp: '192.0.2.1',
        useCount: 7,
      }
      for (const name of NAMES) equal(await create(name, full), 'ok')
      for (const name of NAMES) deepEqual(await store.find(owner, id(name)), tokenOf(owner, id(name), name, full))
    },
  },
  {
    name: 'a record has the fields for core, and the present state of owner and acting user',
    async check({ owner, id, create, principal, record }) {
      await principal({ principalId: 'ada' })
      await create('a', { userId: 'ada', ipAllowlist: ['10.0.0.0/8'], expiresAt: at(HOUR) })
      const digest = `sha-${id('a')}`
      const expected = {
        ...{ id: id('a'), digest, scopes: ['drive:read'], expiresAt: at(HOUR), revokedAt: null, ...owner },
        ...{ ipAllowlist: ['10.0.0.0/8'], userId: 'ada', version: 1, disabled: null, secretEndsAt: null },
        ...{ issuedAt: at(0), lastUsedAt: null, awaitsAdoption: false },
      }
      deepEqual({ ...(await record(digest)) }, expected)
      await principal({ ceiling: ['drive:read'], disabledAt: at(1) })
      deepEqual({ ...(await record(digest)) }, { ...expected, ceiling: ['drive:read'], disabled: 'principal' })
      await principal({})
      deepEqual({ ...(await record(digest)) }, expected)
    },
  },
  {
    name: 'an acting user that is disabled, missing, of another kind or organization stops the token',
    async check({ store, id, create, principal, record }) {
      await principal({ principalId: 'ada', disabledAt: at(0) })
      await principal({ principalId: 'robot', kind: 'service' })
      const other = { organizationId: id('elsewhere'), principalId: 'foreign' }
      const event: ChangeEvent = {
        id: id('event'),
        at: at(0),
        kind: 'change',
        action: 'principal',
        actorId: 'actor',
        tokenId: null,
        ...other,
        fields: [],
        reason: null,
        clientIp: null,
      }
      await store.putPrincipal({ ...other, kind: 'user', disabledAt: null, ceiling: null }, event)
      for (const userId of ['ada', 'robot', 'nobody', 'foreign']) {
        await create(userId, { userId })
        equal((await record(`sha-${id(userId)}`))?.disabled, 'user', userId)
      }
    },
  },
  {
    name: 'resolves many digests at once, and leaves unknown ones out',
    async check({ store, id, create }) {
      const names = Array.from({ length: 100 }, (_, index) => `t${index}`)
      for (const name of names) await create(name)
      const digests = names.map((name) => `sha-${id(name)}`)
      const found = await store.resolveMany([...digests, 'sha-unknown', "' or 1=1 --"])
      deepEqual([...found.keys()].sort(), digests.toSorted())
      for (const [digest, record] of found) equal(`sha-${record.id}`, digest)
      equal((await store.resolveMany([])).size, 0)
    },
  },
  {
    name: 'an insert without a principal, or with an id or digest that exists, writes nothing',
    async check({ store, owner, id, event, create }) {
      const elsewhere = { ...owner, principalId: 'nobody' }
      const orphan = tokenOf(elsewhere, id('orphan'), 'orphan', {})
      equal(
        await store.insert({
          token: orphan,
          secret: secretOf(id('orphan')),
          limit: null,
          answer: null,
          event: { ...event('create', orphan.id), ...elsewhere },
        }),
        'missing',
      )
      equal(await create('a'), 'ok')
      equal(await create('a'), 'duplicate')
      const twin = tokenOf(owner, id('twin'), 'twin', {})
      equal(
        await store.insert({
          token: twin,
          secret: secretOf(id('a')),
          limit: null,
          answer: null,
          event: event('create', twin.id),
        }),
        'duplicate',
      )
      equal(await store.find(owner, id('twin')), null)
      equal((await store.history(owner, id('twin'))).length, 0)
      equal((await store.history(owner, id('a'))).length, 1)
    },
  },
  {
    name: 'of insertions of one digest at once one succeeds, for any owner',
    async check({ store, owner, id, principal, event }) {
      await principal({ principalId: 'other' })
      const insert = (n: number) => {
        const whose = n % 2 === 0 ? owner : { ...owner, principalId: 'other' }
        const token = tokenOf(whose, id(`t${n}`), 'twin', {
          createdAt: at(-HOUR),
          revokedAt: at(-1),
          lastUsedAt: at(-2),
        })
        return store.insert({
          token,
          secret: secretOf(id('one')),
          limit: null,
          answer: null,
          event: { ...event('import', token.id), ...whose },
        })
      }
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => insert(n)))
      equal(outcomes.filter((outcome) => outcome === 'ok').length, 1)
      equal(outcomes.filter((outcome) => outcome === 'duplicate').length, 7)
      const { items } = await store.list({ organizationId: owner.organizationId }, listOf())
      const record = (await store.resolveMany([`sha-${id('one')}`])).get(`sha-${id('one')}`)
      deepEqual([record?.id, record?.principalId], [items[0]?.id, items[0]?.principalId])
      const kept = Array.from({ length: 8 }, (_, n) =>
        store.history({ ...owner, principalId: n % 2 === 0 ? 'owner' : 'other' }, id(`t${n}`)),
      )
      deepEqual(
        (await Promise.all(kept)).flat().map(({ action }) => action),
        ['import'],
      )
      equal(items.length, 1)
    },
  },
  {
    name: 'concurrent callers get different numbers of a sequence, and sequences are independent',
    async check({ store, id }) {
      const drawn = await Promise.all(Array.from({ length: 12 }, () => store.nextNumber(id('tokens'))))
      deepEqual(
        drawn.toSorted((a, b) => a - b),
        Array.from({ length: 12 }, (_, index) => index + 1),
      )
      equal(await store.nextNumber(id('tokens')), 13)
      equal(await store.nextNumber(id('others')), 1)
    },
  },
]

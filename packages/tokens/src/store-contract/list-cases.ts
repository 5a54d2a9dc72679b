import { deepStrictEqual as deepEqual, strictEqual as equal } from 'node:assert/strict'
import { lifeEnd } from '../lifecycle/lifetime.ts'
import type { LifeRules, ListQuery, Owner, Token, TokenStore } from '../stores/token-store.ts'
import { at, type Case, HOUR, listOf, MINUTE, NAMES, NO_RULES } from './harness.ts'

/** Cases on listing, searching and sorting tokens. */
export const LIST_CASES: readonly Case[] = [
  {
    name: 'the last instant of a life is no longer part of it',
    async check({ store, owner, create }) {
      await create('a', { expiresAt: at(10) })
      const total = async (change: Partial<ListQuery>) => (await store.list(owner, listOf(change))).total
      equal(await total({ status: 'active', now: at(9) }), 1)
      equal(await total({ status: 'active', now: at(10) }), 0)
      equal(await total({ status: 'expired', now: at(10) }), 1)
      const idle = { ...NO_RULES, idleMs: 5 }
      equal(await total({ status: 'active', now: at(4), life: idle }), 1)
      equal(await total({ status: 'expired', now: at(5), life: idle }), 1)
      equal(await total({ status: 'expired', now: at(5), life: { ...NO_RULES, maximumMs: 5 } }), 1)
      equal(await total({ status: 'active', now: at(4), life: { ...NO_RULES, maximumMs: 5, endRequired: true } }), 1)
    },
  },
  {
    name: 'finds the tokens that other rules would end, beside those of the query',
    async check({ store, owner, id, create }) {
      await create('short', { expiresAt: at(20) })
      await create('endless')
      await create('used', { expiresAt: at(HOUR), lastUsedAt: at(8) })
      await create('expired', { expiresAt: at(5) })
      const ended = async (expiredUnder: LifeRules, status: ListQuery['status'] = 'active') => {
        const { items, total } = await store.list(owner, listOf({ status, expiredUnder, now: at(10) }))
        equal(total, items.length)
        return items.map((token) => token.id).toSorted()
      }
      deepEqual(await ended(NO_RULES), [])
      deepEqual(await ended(NO_RULES, 'all'), [id('expired')])
      deepEqual(await ended({ ...NO_RULES, idleMs: 5 }), [id('endless'), id('short')].toSorted())
      deepEqual(await ended({ ...NO_RULES, endRequired: true }), [id('endless')])
      deepEqual(await ended({ ...NO_RULES, maximumMs: 10 }), [id('endless'), id('short'), id('used')].toSorted())
      deepEqual(await ended({ ...NO_RULES, maximumMs: 11 }), [])
    },
  },
  {
    name: 'finds the tokens that live on under other rules with an earlier end, idle time aside',
    async check({ store, owner, id, create }) {
      await create('short', { expiresAt: at(20) })
      await create('endless')
      await create('used', { expiresAt: at(HOUR), lastUsedAt: at(8) })
      await create('expired', { expiresAt: at(5) })
      const shortened = async (shortenedUnder: LifeRules, life: LifeRules = NO_RULES) => {
        const { items, total } = await store.list(owner, listOf({ shortenedUnder, life, now: at(10) }))
        equal(total, items.length)
        return items.map((token) => token.id).toSorted()
      }
      const both = [id('endless'), id('used')].toSorted()
      deepEqual(await shortened(NO_RULES), [])
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 20 }), both)
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 19 }), [...both, id('short')].toSorted())
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 10 }), [])
      deepEqual(await shortened({ ...NO_RULES, idleMs: HOUR }), [])
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 20, idleMs: 5 }), [id('used')])
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 20, endRequired: true }), [id('used')])
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 20 }, { ...NO_RULES, maximumMs: 20 }), [])
      deepEqual(await shortened({ ...NO_RULES, maximumMs: 20 }, { ...NO_RULES, idleMs: 15 }), both)
    },
  },
  {
    name: 'keeps names of 255 characters of four bytes, and sorts, searches and continues by them',
    async check({ store, owner, id, create }) {
      const long = '\u{1f600}'.repeat(254)
      for (const last of ['b', 'a', 'c']) await create(last, { name: `${long}${last}` })
      const sorted = listOf({ sort: 'name', limit: 1, descending: true })
      const first = await store.list(owner, sorted)
      equal(first.items[0]?.name, `${long}c`)
      const after = { value: `${long}c`, id: id('c') }
      deepEqual((await store.list(owner, { ...sorted, from: { after } })).items[0]?.id, id('b'))
      const found = await store.list(owner, listOf({ name: `${long}a` }))
      deepEqual(
        found.items.map((token) => token.id),
        [id('a')],
      )
    },
  },
  {
    name: 'lists by status, and revoked comes before expired',
    async check({ store, owner, id, create }) {
      await create('live')
      await create('expired', { expiresAt: at(0) })
      await create('revoked', { revokedAt: at(0), expiresAt: at(0) })
      const ids = async (status: ListQuery['status']) =>
        (await store.list(owner, listOf({ status }))).items.map((token) => token.id)
      deepEqual(await ids('active'), [id('live')])
      deepEqual(await ids('expired'), [id('expired')])
      deepEqual(await ids('revoked'), [id('revoked')])
      deepEqual((await ids('unrevoked')).toSorted(), [id('expired'), id('live')])
      equal((await ids('all')).length, 3)
    },
  },
  {
    name: 'searches names and descriptions for the literal text',
    async check({ store, owner, create }) {
      for (const name of NAMES) await create(name)
      await create('other', { description: 'ÄRGERLICH' })
      const names = async (search: string) =>
        (await store.list(owner, listOf({ search }))).items.map(({ name }) => name).sort()
      deepEqual(await names('ärger'), ['other', 'Ärger'])
      deepEqual(await names('ZEBRA'), ['Zebra', 'zebra'])
      deepEqual(await names('%'), ['a%b_c!d\\e'])
      deepEqual(await names('_'), ['a%b_c!d\\e'])
      deepEqual(await names('!d\\'), ['a%b_c!d\\e'])
      deepEqual(await names("'"), ["Robert'); DROP TABLE"])
      deepEqual(await names('👩‍🚀'), ['👩‍🚀 crew'])
    },
  },
  {
    name: 'finds by name alone, and ignores the description',
    async check({ store, owner, create }) {
      for (const name of NAMES) await create(name)
      await create('other', { description: 'Zebra\u2028crossing' })
      const names = async (name: string, search: string | null = null) =>
        (await store.list(owner, listOf({ name, search }))).items.map((token) => token.name).sort()
      deepEqual(await names('ZEBRA'), ['Zebra', 'zebra'])
      deepEqual(await names('%'), ['a%b_c!d\\e'])
      deepEqual(await names('other', 'crossing'), ['other'])
      deepEqual(await names('zebra', 'crossing'), [])
    },
  },
  {
    name: 'sorts alike everywhere, in pages that hold every row once',
    async check({ store, owner, create }) {
      for (const [n, name] of NAMES.entries()) {
        const dates = { lastUsedAt: n % 3 === 0 ? null : at(n % 2), expiresAt: n % 4 === 0 ? null : at(n % 3) }
        await create(name, { ...dates, createdAt: at(n % 2) })
      }
      for (const sort of ['createdAt', 'name', 'lastUsedAt', 'expiresAt'] as const) {
        for (const descending of [false, true]) {
          const all = (await store.list(owner, listOf({ sort, descending }))).items
          deepEqual(
            all.map((token) => token.id),
            all.toSorted(orderOf(sort, descending)).map((token) => token.id),
          )
          deepEqual(
            await pages(store, owner, { sort, descending }),
            all.map((token) => token.id),
          )
        }
      }
    },
  },
  {
    name: 'sorts and filters by the end that holds, as the rules of life have it',
    async check({ store, owner, create }) {
      const instants = [null, at(-HOUR), at(-MINUTE), at(0), at(MINUTE), at(HOUR)]
      for (const [n, expiresAt] of instants.entries()) {
        for (const [m, lastUsedAt] of instants.slice(0, 4).entries()) {
          await create(`t${n}${m}`, { expiresAt, lastUsedAt, issuedAt: at(-m * MINUTE) })
        }
      }
      const rules = [null, 2 * MINUTE].flatMap((maximumMs) =>
        [null, 30 * MINUTE].flatMap((idleMs) =>
          [false, true].map((endRequired) => ({ maximumMs, idleMs, endRequired })),
        ),
      )
      for (const life of rules) {
        for (const descending of [false, true]) {
          const all = (await store.list(owner, listOf({ sort: 'endsAt', descending, life }))).items
          const expected = all.toSorted(orderOf('endsAt', descending, life)).map((token) => token.id)
          deepEqual(
            all.map((token) => token.id),
            expected,
          )
          deepEqual(await pages(store, owner, { sort: 'endsAt', descending, life }), expected)
        }
        for (const endsBefore of [at(-MINUTE), at(MINUTE), at(MINUTE + 1), at(30 * MINUTE)]) {
          const { items, total } = await store.list(owner, listOf({ endsBefore, life }))
          const { items: all } = await store.list(owner, listOf())
          const ending = all.filter((token) => (lifeEnd(token, life) ?? endsBefore) < endsBefore)
          deepEqual(
            items.map((token) => token.id),
            ending.map((token) => token.id),
          )
          equal(total, ending.length)
        }
      }
    },
  },
  {
    name: 'pages stay where they are while rows come and go',
    async check({ store, owner, id, create, event }) {
      for (let n = 10; n < 30; n++) await create(`t${n}`, { createdAt: at(n) })
      const first = await store.list(owner, listOf({ limit: 10 }))
      await create('earlier', { createdAt: at(0) })
      await store.remove(owner, id('t15'), () => event('delete', id('t15')))
      await store.remove(owner, id('t19'), () => event('delete', id('t19')))
      const last = first.items[9] as Token
      const second = await store.list(
        owner,
        listOf({ limit: 10, from: { after: { value: last.createdAt.getTime(), id: last.id } } }),
      )
      deepEqual(
        second.items.map(({ name }) => name),
        Array.from({ length: 10 }, (_, n) => `t${20 + n}`),
      )
      equal(second.more, false)
      equal(second.total, 19)
    },
  },
  {
    name: 'skips by number, and shows an organization its own tokens',
    async check({ store, owner, create }) {
      for (let n = 0; n < 5; n++) await create(`t${n}`)
      const page = await store.list(owner, listOf({ limit: 2, from: { offset: 3 } }))
      deepEqual([page.items.length, page.more, page.total], [2, false, 5])
      equal((await store.list({ organizationId: owner.organizationId }, listOf())).total, 5)
      equal((await store.list({ organizationId: `${owner.organizationId}-2` }, listOf())).total, 0)
    },
  },
]

async function pages(
  store: TokenStore,
  owner: Owner,
  change: Pick<ListQuery, 'sort' | 'descending'> & Partial<Pick<ListQuery, 'life'>>,
): Promise<string[]> {
  const ids: string[] = []
  let from: ListQuery['from'] = { after: null }
  for (;;) {
    const { items, more } = await store.list(owner, listOf({ ...change, limit: 3, from }))
    ids.push(...items.map((token) => token.id))
    const last = items.at(-1)
    if (!more || last === undefined) return ids
    from = { after: { value: sortKey(last, change.sort, change.life), id: last.id } }
  }
}

function sortKey(token: Token, sort: ListQuery['sort'], life: LifeRules = NO_RULES): string | number {
  if (sort === 'name') return token.name
  if (sort === 'createdAt') return token.createdAt.getTime()
  if (sort === 'lastUsedAt') return token.lastUsedAt?.getTime() ?? -1
  if (sort === 'endsAt') return lifeEnd(token, life)?.getTime() ?? Number.MAX_SAFE_INTEGER
  return token.expiresAt?.getTime() ?? Number.MAX_SAFE_INTEGER
}

function orderOf(
  sort: ListQuery['sort'],
  descending: boolean,
  life: LifeRules = NO_RULES,
): (a: Token, b: Token) => number {
  const bytes = (token: Token) => Buffer.from(`${token.name}`)
  return (a, b) => {
    const byValue =
      sort === 'name'
        ? Buffer.compare(bytes(a), bytes(b))
        : Number(sortKey(a, sort, life)) - Number(sortKey(b, sort, life))
    return (byValue || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))) * (descending ? -1 : 1)
  }
}

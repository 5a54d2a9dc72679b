import { deepStrictEqual as deepEqual, strictEqual as equal, ok, rejects } from 'node:assert/strict'
import type { ChangeAction, ChangeEvent } from '../audit/change-event.ts'
import { lifeEnd } from '../lifecycle/lifetime.ts'
import type {
  Change,
  DueNotice,
  IdempotentAnswer,
  LifeRules,
  Limit,
  ListQuery,
  NewSecret,
  NoticeQuery,
  Owner,
  Principal,
  Token,
  TokenStore,
} from '../stores/token-store.ts'
import { AUDIT_CASES } from './audit-contract.ts'
import { ERASURE_CASES } from './erasure-contract.ts'

/** One thing that every store does. `run` takes an empty store, or one whose other rows belong to other organizations. */
export interface StoreContractCase {
  readonly name: string
  run(store: TokenStore): Promise<void>
}

const START = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const HOUR = 3_600_000
const NO_RULES: LifeRules = { maximumMs: null, idleMs: null, endRequired: false }
const EVERY_EVENT = { tokenId: null, outcome: null, reason: null, clientIp: null, from: null, until: null }
const UNCHANGED: Change = { set: {}, addSecret: null, endOtherSecretsAt: null, adopt: null }
const NAMES = [
  'plain',
  'Ärger',
  '日本語',
  '👩‍🚀 crew',
  'a%b_c!d\\e',
  "Robert'); DROP TABLE",
  'zebra',
  'Zebra',
  '𝒳',
  '￮',
]

/**
 * The contract of token stores, for any test runner. A case fails with an `AssertionError`.
 *
 * @example
 * ```ts
 * import test from 'node:test'
 * import { memoryStore } from '@patkit/tokens'
 * import { storeContract } from '@patkit/tokens/testing'
 *
 * for (const { name, run } of storeContract()) test(name, () => run(memoryStore()))
 * ```
 */
export function storeContract(): readonly StoreContractCase[] {
  return [...CASES, ...AUDIT_CASES, ...ERASURE_CASES].map(({ name, check }) => ({
    name,
    run: async (store) => check(await stage(store)),
  }))
}

/** A store with a principal of an organization of its own, and short functions that write to it. */
interface Stage {
  readonly store: TokenStore
  readonly owner: Owner
  readonly id: (name: string) => string
  principal(change?: Partial<Principal>): Promise<void>
  create(name: string, change?: Partial<Token>, limit?: Limit | null): ReturnType<TokenStore['insert']>
  update(
    name: string,
    version: number,
    change: Partial<Change>,
    limit?: Limit | null,
  ): ReturnType<TokenStore['updateIfVersion']>
  token(name: string): Promise<Token>
  record(
    digest: string,
  ): Promise<
    Awaited<ReturnType<TokenStore['resolveMany']>> extends ReadonlyMap<string, infer R> ? R | undefined : never
  >
  event(action: ChangeAction, tokenId: string | null): ChangeEvent
}

const run = `${Date.now().toString(36)}${process.pid.toString(36)}`
let stages = 0
let events = 0
/** When updates happen, in milliseconds after the start. */
const UPDATED = 1

async function stage(store: TokenStore): Promise<Stage> {
  const organizationId = `org-${run}-${++stages}`
  const owner = { organizationId, principalId: 'owner' }
  const id = (name: string) => `${organizationId}-${name}`

  const event = (action: ChangeAction, tokenId: string | null): ChangeEvent => ({
    id: `event-${run}-${String(++events).padStart(8, '0')}`,
    at: at(0),
    kind: 'change',
    action,
    actorId: 'actor',
    tokenId,
    ...owner,
    fields: ['name'],
  })
  const built: Stage = {
    store,
    owner,
    id,
    event,
    principal: (change = {}) =>
      store.putPrincipal(
        { ...owner, kind: 'user', disabledAt: null, ceiling: null, ...change },
        { ...event('principal', null), principalId: change.principalId ?? owner.principalId },
      ),
    create(name, change = {}, limit = null) {
      const token = tokenOf(owner, id(name), name, change)
      return store.insert({ token, secret: secretOf(id(name)), limit, answer: null, event: event('create', token.id) })
    },
    update: (name, version, change, limit = null) =>
      store.updateIfVersion(owner, id(name), {
        version,
        change: { ...UNCHANGED, ...change },
        limit,
        event: {
          ...event('update', id(name)),
          at: at(UPDATED),
        },
        answer: null,
      }),
    async token(name) {
      const token = await store.find(owner, id(name))
      ok(token !== null, `the token ${name} is there`)
      return token
    },
    record: async (digest) => (await store.resolveMany([digest])).get(digest),
  }
  await built.principal()
  return built
}

function at(ms: number): Date {
  return new Date(START + ms)
}

function answerOf(tokenId: string, keyHash = 'key', now = 0): IdempotentAnswer {
  return { keyHash, requestHash: 'r', tokenId, sealed: 's', expiresAt: at(now + HOUR) }
}

function secretOf(digest: string, awaitsAdoption = false): NewSecret {
  return { digest: `sha-${digest}`, createdAt: at(0), awaitsAdoption }
}

function tokenOf(owner: Owner, id: string, name: string, change: Partial<Token>): Token {
  return {
    ...owner,
    id,
    version: 1,
    name,
    description: null,
    hint: 'acme_pat_…wxyz',
    scopes: ['drive:read'],
    userId: null,
    ipAllowlist: null,
    createdBy: 'actor',
    createdAt: at(0),
    updatedAt: at(0),
    issuedAt: at(0),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    lastUsedIp: null,
    useCount: 0,
    ...change,
  }
}

function listOf(change: Partial<ListQuery> = {}): ListQuery {
  return {
    status: 'all',
    search: null,
    name: null,
    endsBefore: null,
    now: at(0),
    life: NO_RULES,
    sort: 'createdAt',
    descending: false,
    limit: 100,
    from: { after: null },
    ...change,
  }
}

const limitOf = (most: number, change: Partial<Limit> = {}): Limit => ({ most, now: at(0), life: NO_RULES, ...change })

interface Case {
  readonly name: string
  readonly check: (stage: Stage) => Promise<void>
}

const CASES: readonly Case[] = [
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
  {
    name: 'principals are put once however many do so, found, and listed in order',
    async check({ store, owner, principal }) {
      await Promise.all(Array.from({ length: 8 }, () => principal({ principalId: 'b', ceiling: ['x'] })))
      await principal({ principalId: 'a', kind: 'service', disabledAt: at(1) })
      deepEqual(await store.findPrincipal({ ...owner, principalId: 'a' }), {
        organizationId: owner.organizationId,
        principalId: 'a',
        kind: 'service',
        disabledAt: at(1),
        ceiling: null,
      })
      equal(await store.findPrincipal({ ...owner, principalId: 'A' }), null)
      const ids = async (after: string | null, limit: number, kind: Principal['kind'] | null = null) =>
        (await store.listPrincipals(owner.organizationId, after, limit, kind)).map(({ principalId }) => principalId)
      deepEqual(await ids(null, 10), ['a', 'b', 'owner'])
      deepEqual(await ids('a', 1), ['b'])
      deepEqual(await ids(null, 10, 'service'), ['a'])
      deepEqual(await ids(null, 1, 'user'), ['b'])
      deepEqual(await ids('a', 10, 'service'), [])
    },
  },
  {
    name: 'of principals inserted at once one is written, with its event, and none over one that is there',
    async check({ store, owner, event }) {
      const added = { ...owner, principalId: 'added' }
      const insert = (ceiling: string) => {
        const principal = { ...added, kind: 'user', disabledAt: null, ceiling: [ceiling] } as const
        return store.insertPrincipal(principal, { ...event('principal', null), ...added })
      }
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => insert(`scope${n}`)))
      equal(outcomes.filter((outcome) => outcome === 'ok').length, 1)
      equal(outcomes.filter((outcome) => outcome === 'duplicate').length, 7)
      deepEqual((await store.findPrincipal(added))?.ceiling, [`scope${outcomes.indexOf('ok')}`])
      const disabled = await store.changePrincipal(added, (found) => ({ ...found, disabledAt: at(1) }), {
        ...event('principal', null),
        ...added,
      })
      equal(await insert('later'), 'duplicate')
      deepEqual(await store.findPrincipal(added), disabled)
      const query = { scope: added, filter: EVERY_EVENT, descending: true, after: null, limit: 100 }
      equal((await store.audit.list(query)).length, 2)
    },
  },
  {
    name: 'of changes of a principal at once none is lost',
    async check({ store, owner, event, principal }) {
      const ceiling = Array.from({ length: 20 }, (_, index) => `scope${index}`)
      await principal({ ceiling })
      const changed = await Promise.all(
        ceiling.map((gone) =>
          store.changePrincipal(
            owner,
            (found) => ({ ...found, ceiling: (found.ceiling ?? []).filter((scope) => scope !== gone) }),
            event('principal', null),
          ),
        ),
      )
      const left = changed.map((found) => found?.ceiling?.length ?? -1).sort((a, b) => a - b)
      deepEqual(
        left,
        ceiling.map((_, index) => index),
      )
      deepEqual((await store.findPrincipal(owner))?.ceiling, [])
      const query = { scope: owner, filter: EVERY_EVENT, descending: true, after: null, limit: 100 }
      // The stage has put the principal once, and this case another time.
      equal((await store.audit.list(query)).length, 2 + ceiling.length)
    },
  },
  {
    name: 'a change of a missing principal, or one that throws or changes nothing, writes nothing',
    async check({ store, owner, event }) {
      const disabled = (found: Principal): Principal => ({ ...found, disabledAt: at(1) })
      const nobody = { ...owner, principalId: 'nobody' }
      equal(await store.changePrincipal(nobody, disabled, { ...event('principal', null), ...nobody }), null)
      equal(await store.findPrincipal(nobody), null)
      const before = await store.findPrincipal(owner)
      const refuse = () => {
        throw new RangeError('no')
      }
      await rejects(store.changePrincipal(owner, refuse, event('principal', null)), RangeError)
      deepEqual(await store.changePrincipal(owner, (found) => found, event('principal', null)), before)
      deepEqual(await store.findPrincipal(owner), before)
      deepEqual((await store.changePrincipal(owner, disabled, event('principal', null)))?.disabledAt, at(1))
      deepEqual(await store.findPrincipal(owner), { ...before, disabledAt: at(1) })
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
  {
    name: 'concurrent callers claim each due notice once, and of a token only the most urgent',
    async check(stage) {
      const soon = unsharedTime()
      const { id, create, update } = stage
      for (let n = 0; n < 12; n++) await create(`t${n}`, { expiresAt: soon((n + 1) * HOUR) })
      await create('revoked', { expiresAt: soon(HOUR), revokedAt: soon(0) })
      await create('ended', { expiresAt: soon(0) })
      await create('endless')
      const claim = (hours: number) => claimed(stage, { now: soon(hours * HOUR) })
      const first = (await Promise.all([claim(0), claim(0), claim(0)])).flat()
      deepEqual(
        first.map(({ tokenId }) => tokenId).toSorted(),
        hours(1, 8)
          .map((n) => id(`t${n - 1}`))
          .toSorted(),
      )
      deepEqual(
        first
          .map(({ withinMs, endsAt }) => [endsAt.getTime() - soon(0).getTime(), withinMs])
          .toSorted(([a = 0], [b = 0]) => a - b),
        hours(1, 8).map((n) => [n * HOUR, (n <= 2 ? 2 : 8) * HOUR]),
      )
      deepEqual(await claim(0), [])
      await update('t4', 1, { set: { expiresAt: soon(9 * HOUR) } })
      await update('t5', 1, { set: { revokedAt: soon(0) } })
      equal(
        await stage.store.confirmNotices(
          first.filter(({ tokenId }) => tokenId !== id('t3')),
          soon(1),
        ),
        7,
      )
      equal(await stage.store.confirmNotices(first.slice(0, 1), soon(1)), tokenIdOf(first) === id('t3') ? 1 : 0)
      // Renewed tokens have another end. Notices come again if not confirmed, or if more urgent now.
      deepEqual(
        (await claim(1)).map(({ tokenId, withinMs }) => [tokenId, withinMs / HOUR]),
        [
          [id('t2'), 2],
          [id('t3'), 8],
          [id('t4'), 8],
          [id('t8'), 8],
        ],
      )
    },
  },
  {
    name: 'claims as many notices as are asked for, those that end first, and of ends by the rules of life',
    async check(stage) {
      const soon = unsharedTime()
      const { id, create } = stage
      for (let n = 0; n < 5; n++)
        await create(`t${n}`, {
          issuedAt: soon(n * MINUTE),
          createdAt: soon(0),
          lastUsedAt: n === 0 ? soon(30 * MINUTE) : null,
        })
      const ids = async (change: Partial<NoticeQuery>) =>
        (await claimed(stage, { now: soon(HOUR), ...change })).map(({ tokenId, withinMs }) => [
          tokenId,
          withinMs / HOUR,
        ])
      const maximum = { ...NO_RULES, maximumMs: 3 * HOUR + 2 * MINUTE }
      deepEqual(await ids({ life: maximum, withinMs: [2 * HOUR] }), [])
      deepEqual(await ids({ life: maximum, limit: 2 }), [
        [id('t0'), 8],
        [id('t1'), 8],
      ])
      // A use moves an end by idleness: days that are no less than it would give a notice after each.
      const idle = { ...NO_RULES, idleMs: 2 * HOUR }
      deepEqual(await ids({ life: idle, withinMs: [2 * HOUR] }), [])
      deepEqual(await ids({ life: idle, withinMs: [HOUR + 2 * MINUTE] }), [
        [id('t1'), 62 / 60],
        [id('t2'), 62 / 60],
      ])
    },
  },
  {
    name: 'notices of ends that are past are forgotten',
    async check(stage) {
      const soon = unsharedTime()
      await stage.create('a', { expiresAt: soon(HOUR) })
      const [notice] = await claimed(stage, { now: soon(0) })
      ok(notice)
      await stage.store.prune(soon(HOUR - 1))
      deepEqual(await claimed(stage, { now: soon(0) }), [])
      await stage.store.prune(soon(HOUR))
      equal(await stage.store.confirmNotices([notice], soon(1)), 0)
    },
  },
  {
    name: 'an event that was kept before is kept once',
    async check({ store, owner, id, event }) {
      const once = event('secret_reused', id('a'))
      await store.record([once])
      await store.record([once, event('secret_reused', id('a'))])
      const history = await store.history(owner, id('a'))
      equal(history.length, 2)
      deepEqual(history[0], once)
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

/** A time at which no token of another case is about to end, in milliseconds after its start. */
function unsharedTime(): (ms: number) => Date {
  const start = (1_000 + 30 * stages) * 24 * HOUR
  return (ms) => at(start + ms)
}

/** Claims notices, and gives back those of the stage: other organizations may have some that are due. */
async function claimed({ store, owner }: Stage, change: Partial<NoticeQuery>): Promise<readonly DueNotice[]> {
  const mine: DueNotice[] = []
  const query = {
    ...{ withinMs: [2 * HOUR, 8 * HOUR], now: at(0), life: NO_RULES, claimedBefore: at(0), limit: 100 },
    ...(change.now !== undefined && { claimedBefore: new Date(change.now.getTime() - 10 * MINUTE) }),
    ...change,
  }
  for (const notice of await store.claimNotices(query)) {
    if (notice.token.organizationId === owner.organizationId) mine.push(notice)
  }
  return mine
}

function tokenIdOf([notice]: readonly DueNotice[]): string | undefined {
  return notice?.tokenId
}

function hours(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
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

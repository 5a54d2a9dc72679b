import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from 'node:assert/strict'
import type { AuditEvent } from '@patkit/core'
import type { LoggedEvent } from '../audit/audit-store.ts'
import type { ChangeAction, ChangeEvent } from '../audit/change-event.ts'
import type { Erasure, Owner, Token, TokenStore } from '../stores/token-store.ts'
import { at, type Case, EVERY_EVENT, type Harness, run, secretOf, tokenOf } from './harness.ts'

const WEEK = 604_800_000
let uses = 0

/** Cases on erasing principals. */
export const ERASURE_CASES: readonly Case[] = [
  {
    name: 'an erased principal is gone with its tokens, secrets and answers, and those that act for it are dead',
    async check(harness) {
      const { store, owner, id, principal, create } = harness
      const robot = { ...owner, principalId: 'robot' }
      await principal(robot)
      await create('own')
      await putToken(harness, 'acting', { ...robot, userId: 'owner', lastUsedIp: '192.0.2.1' })
      const used = { digest: `sha-${id('acting')}`, at: at(1), ip: '192.0.2.1' }
      await store.touch([{ tokenId: id('acting'), at: at(1), ip: used.ip, count: 1, secrets: [used], scopes: null }])
      await putToken(harness, 'other', robot)
      await putToken(harness, 'answered', owner, { keyHash: 'key' })
      const changed = await erase(harness, 'keep')
      deepEqual(changed?.map(({ id, version, change }) => [id, version, change]).toSorted(), [
        [id('acting'), 2, 'revoked'],
        [id('answered'), 2, 'removed'],
        [id('own'), 2, 'removed'],
      ])
      equal(await store.findPrincipal(owner), null)
      equal((await store.resolveMany([`sha-${id('own')}`])).size, 0)
      equal(await store.findAnswer(owner, 'key', at(0)), null)
      const acting = await store.find(robot, id('acting'))
      deepEqual([acting?.userId, acting?.lastUsedIp, acting?.revokedAt, acting?.version], [id('kept'), null, at(10), 2])
      deepEqual(
        (await store.listSecrets(robot, id('acting'), 1)).map(({ lastUsedIp }) => lastUsedIp),
        [null],
      )
      equal((await store.find(robot, id('other')))?.version, 1)
      equal(await erase(harness, 'keep'), null)
      await principal()
      equal((await store.resolveMany([`sha-${id('acting')}`])).get(`sha-${id('acting')}`)?.disabled, 'user')
      equal((await store.findPrincipal(owner))?.ceiling, null)
    },
  },
  {
    name: 'events are pseudonymised in batches, also where the principal acted, and events of others stay',
    async check(harness) {
      const { store, owner, id, principal, create } = harness
      await principal({ principalId: 'robot' })
      await create('own')
      await putToken(harness, 'made', { ...owner, principalId: 'robot', createdBy: 'owner' })
      const elsewhere = { organizationId: id('elsewhere'), principalId: 'owner' }
      await store.audit.write([
        ...Array.from({ length: 7 }, (_, n) => use(owner, { userId: n % 2 === 0 ? 'owner' : null })),
        use({ ...owner, principalId: 'robot' }, { userId: 'owner' }),
        use({ ...owner, principalId: 'robot' }, { userId: 'robot' }),
        use(elsewhere, { userId: 'owner' }),
      ])
      const byOwner = { ...harness.event('update', id('x')), actorId: 'owner', principalId: 'robot', reason: 'of Ada' }
      const signIn = { ...harness.event('sign_in_link', null), actorId: 'owner', clientIp: '203.0.113.9' }
      await store.record([byOwner, signIn])
      ok((await mine(store, owner)).some(({ clientIp }) => clientIp === signIn.clientIp))
      await erase(harness, 'pseudonymise')
      const [first] = await mine(store, owner)
      await batches(harness, 3)
      const text = JSON.stringify(await listed(harness))
      for (const gone of ['"owner"', 'of Ada', signIn.clientIp]) ok(!text.includes(gone), text)
      const robots = (await listed(harness)).filter((event) => event.principalId === 'robot')
      deepEqual(
        robots.map((event) => (event.kind === 'change' ? event.actorId : event.userId)).toSorted(),
        ['actor', 'actor', 'robot', pseudonymOf(harness), pseudonymOf(harness)].toSorted(),
      )
      const untouched = robots.find((event) => event.kind !== 'change' && event.userId === 'robot') as AuditEvent
      deepEqual([untouched.clientIp, untouched.request.path], ['192.0.2.7', '/owners'])
      const foreign = (await mine(store, elsewhere))[0] as AuditEvent
      deepEqual([foreign.userId, foreign.clientIp], ['owner', '192.0.2.7'])
      const erased = (await listed(harness)).find((event) => event.id === first?.id) as AuditEvent
      const { clientIp, request } = erased
      deepEqual([clientIp, request.path, request.userAgent, request.method], [null, null, null, 'GET'])
      equal((await store.find({ ...owner, principalId: 'robot' }, id('made')))?.createdBy, pseudonymOf(harness))
    },
  },
  {
    name: 'events of an erased principal are removed, and it stays unnamed in those of others',
    async check(harness) {
      const { store, owner, principal, create } = harness
      await principal({ principalId: 'robot' })
      await create('own')
      await store.audit.write([use(owner), use({ ...owner, principalId: 'robot' }, { userId: 'owner' })])
      await erase(harness, 'erase')
      await batches(harness, 2)
      const events = await listed(harness)
      deepEqual(
        events
          .filter((event) => event.kind !== 'change')
          .map((event) => [event.principalId, (event as AuditEvent).userId]),
        [['robot', pseudonymOf(harness)]],
      )
      ok(!JSON.stringify(events).includes('"owner"'))
    },
  },
  {
    name: 'events that come after an erasure are written as it leaves them',
    async check(harness) {
      const { store, owner, id } = harness
      await erase(harness, 'pseudonymise')
      await batches(harness, 100)
      await store.finishErasure(erasureOf(harness, 'pseudonymise'), at(11), harness.event('erasure_done', null))
      await store.audit.write([
        use(owner, { at: at(20) }),
        use({ ...owner, principalId: 'robot' }, { userId: 'owner' }),
      ])
      await store.record([{ ...harness.event('secret_reused', id('a')), at: at(20) }])
      const late = (await listed(harness)).filter(({ id }) => id.startsWith(`use-${run}`))
      deepEqual(
        late.map((event) => [event.principalId, (event as AuditEvent).userId]).toSorted(),
        [
          [pseudonymOf(harness), null],
          ['robot', pseudonymOf(harness)],
        ].toSorted(),
      )
      deepEqual(await store.history(owner, id('a')), [])
    },
  },
  {
    name: 'changes that an erased principal still makes are written under its pseudonym',
    async check(harness) {
      const { store, owner, id } = harness
      const { organizationId } = owner
      const robot = { organizationId, principalId: 'robot' }
      const added = { ...robot, kind: 'service', disabledAt: null, ceiling: null } as const
      const byOwner = (action: ChangeAction, tokenId: string | null): ChangeEvent => {
        return { ...harness.event(action, tokenId), ...robot, actorId: 'owner', at: at(20) }
      }
      await erase(harness, 'pseudonymise')
      await batches(harness, 100)
      await store.finishErasure(erasureOf(harness, 'pseudonymise'), at(11), harness.event('erasure_done', null))
      equal(await store.insertPrincipal(added, byOwner('principal', null)), 'ok')
      await store.changePrincipal(robot, (found) => ({ ...found, kind: 'user' }), byOwner('principal', null))
      await putToken(harness, 'late', { ...robot, createdBy: 'owner', createdAt: at(20) }, { actorId: 'owner' })
      const change = { set: { name: 'renamed' }, addSecret: null, endOtherSecretsAt: null, adopt: null }
      const update = { version: 1, change, limit: null, event: byOwner('update', id('late')), answer: null }
      await store.updateIfVersion(robot, id('late'), update)
      await store.revokeAll(robot, at(20), (token) => byOwner('revoke', token.id))
      equal((await store.find(robot, id('late')))?.createdBy, pseudonymOf(harness))
      await store.remove(robot, id('late'), (token) => byOwner('delete', token.id))
      const changes = (await mine(store, robot)).map(
        (event) => event.kind === 'change' && [event.action, event.actorId],
      )
      const actions = ['create', 'delete', 'principal', 'principal', 'revoke', 'update']
      deepEqual(
        changes.toSorted(),
        actions.map((action) => [action, pseudonymOf(harness)]),
      )
    },
  },
  {
    name: 'an id that comes back sees nothing of its life before, and keeps its own events',
    async check(harness) {
      const { store, owner, id, create } = harness
      for (const events of ['keep', 'pseudonymise'] as const) {
        await create(events)
        await store.audit.write([use(owner, { at: at(1) })])
        await erase(harness, events)
        const back = { ...harness.event('principal', null), at: at(events === 'keep' ? 30 : 60) }
        const added = { ...owner, kind: 'user', disabledAt: null, ceiling: null } as const
        equal(await store.insertPrincipal(added, back), 'ok')
        deepEqual(
          (await mine(store, owner)).map((event) => event.kind === 'change' && event.action),
          ['principal'],
        )
        deepEqual(await store.history(owner, id(events)), [])
        const own = use(owner, { at: at(events === 'keep' ? 31 : 61) })
        await store.audit.write([own])
        deepEqual((await mine(store, owner)).slice(0, 1), [own])
        await batches(harness, 100, events)
        deepEqual((await mine(store, owner)).slice(0, 1), [own])
      }
    },
  },
  {
    name: 'an erasure is listed until a week after it was done, and is done once',
    async check(harness) {
      const { store } = harness
      await erase(harness, 'erase')
      const find = async () => (await store.listErasures()).find(({ pseudonym }) => pseudonym === pseudonymOf(harness))
      deepEqual(await find(), erasureOf(harness, 'erase'))
      await Promise.all(
        Array.from({ length: 3 }, () =>
          store.finishErasure(erasureOf(harness, 'erase'), at(50), {
            ...harness.event('erasure_done', null),
            principalId: pseudonymOf(harness),
          }),
        ),
      )
      deepEqual(await find(), { ...erasureOf(harness, 'erase'), doneAt: at(50) })
      const done = (await listed(harness)).filter((event) => event.kind === 'change' && event.action === 'erasure_done')
      equal(done.length, 1)
      await store.prune(at(50 + WEEK - 1))
      ok(await find())
      await store.prune(at(50 + WEEK))
      equal(await find(), undefined)
    },
  },
]

function pseudonymOf({ id }: Harness): string {
  return id('erased')
}

function erasureOf(harness: Harness, events: Erasure['events']): Erasure {
  // Two erasures of one id are two.
  const pseudonym = events === 'keep' ? harness.id('kept') : pseudonymOf(harness)
  return { ...harness.owner, pseudonym, events, actorId: 'actor', begunAt: at(10), doneAt: null, returnedAt: null }
}

function erase(harness: Harness, events: Erasure['events']) {
  const recordedAs = events === 'keep' ? harness.owner.principalId : pseudonymOf(harness)
  const named = (principalId: string) => (principalId === harness.owner.principalId ? recordedAs : principalId)
  return harness.store.beginErasure(
    erasureOf(harness, events),
    (token) => ({ ...harness.event('delete', token.id), principalId: named(token.principalId) }),
    { ...harness.event('erasure_begun', null), principalId: recordedAs },
  )
}

/** In as many batches as it takes, of so many events. */
async function batches(harness: Harness, limit: number, events: Erasure['events'] = 'pseudonymise'): Promise<void> {
  if (events === 'keep') return
  let erased: number
  do {
    erased = await harness.store.eraseBatch(erasureOf(harness, events), limit)
    ok(erased <= limit, 'a batch is no larger than asked')
  } while (erased > 0)
}

async function putToken(
  { store, id, event }: Harness,
  name: string,
  { organizationId, principalId, ...change }: Owner & Partial<Token>,
  { keyHash = null, actorId = 'actor' }: { readonly keyHash?: string | null; readonly actorId?: string } = {},
): Promise<void> {
  const owner = { organizationId, principalId }
  const token = tokenOf(owner, id(name), name, change)
  const secret = secretOf(id(name))
  const expiresAt = at(WEEK)
  const answer = keyHash === null ? null : { keyHash, requestHash: 'r', tokenId: token.id, sealed: 's', expiresAt }
  equal(
    await store.insert({
      ...{ token, secret, limit: null, answer },
      event: { ...event('create', token.id), ...owner, actorId },
    }),
    'ok',
  )
}

function use(owner: Owner, change: Partial<AuditEvent> = {}): AuditEvent {
  const id = `use-${run}-${String(++uses).padStart(8, '0')}`
  const request = { id: 'r', method: 'GET', path: '/owners', route: null, userAgent: 'curl' }
  return {
    ...{ id, at: at(uses % 5), kind: 'use', outcome: 'allowed', tokenId: null, ...owner, userId: null },
    ...{ clientIp: '192.0.2.7', requiredScopes: [], missingScopes: [], request, count: 1, withdraws: null },
    ...change,
  } as AuditEvent
}

function listed({ store, owner: { organizationId } }: Harness): Promise<readonly LoggedEvent[]> {
  return store.audit.list({ scope: { organizationId }, filter: EVERY_EVENT, descending: true, after: null, limit: 500 })
}

function mine(store: TokenStore, { organizationId, principalId }: Owner): Promise<readonly LoggedEvent[]> {
  const scope = { organizationId, principalId }
  return store.audit.list({ scope, filter: EVERY_EVENT, descending: true, after: null, limit: 500 })
}

import { deepStrictEqual as deepEqual, strictEqual as equal, rejects } from 'node:assert/strict'
import type { AuditEvent, DenyReason } from '@patkit/core'
import { DENY_REASONS } from '@patkit/core/adapter'
import type { AuditFilter, AuditQuery, EventPlace, LoggedEvent } from '../audit/audit-store.ts'
import type { Owner, TokenStore } from '../stores/token-store.ts'
import { type Case, EVERY_EVENT, type Harness, run } from './harness.ts'

const START = Date.UTC(2026, 3, 1)
const ADDRESSES = ['192.0.2.1', '2001:db8::7', null]
/** Two that begin alike: engines may index the beginning alone. */
const REQUESTS = [`${'r'.repeat(255)}1`, `${'r'.repeat(255)}2`, 'R', null]
let uses = 0

/** Cases on writing, listing and pruning events. */
export const AUDIT_CASES: readonly Case[] = [
  {
    name: 'a use has every member that it was written with',
    async check({ store, owner, id }) {
      const bare = use(owner, { organizationId: owner.organizationId })
      const full = use(owner, {
        kind: 'refused',
        outcome: 'insufficient_scope',
        tokenId: id('a'),
        userId: 'grace',
        clientIp: '2001:db8::7',
        requiredScopes: ['drive:read', 'a:b'],
        missingScopes: ['a:b'],
        request: {
          id: 'r'.repeat(256),
          method: 'GET',
          path: `/${'ü'.repeat(255)}`,
          route: '/:name',
          userAgent: 'curl \'"\\,; 👩‍🚀',
        },
        count: 3_000_000_000,
        withdraws: 'u'.repeat(36),
      })
      await store.audit.write([bare, full])
      deepEqual(await listed(store, owner), [full, bare])
    },
  },
  {
    name: 'ids of 255 characters are kept whole, and found',
    async check({ store, owner, id }) {
      for (const character of ['x', 'ü', '日', '𝒳']) {
        const long = (name: string) => [...`${id(name)}${character.repeat(255)}`].slice(0, 255).join('')
        const { organizationId, principalId } = { organizationId: long('o'), principalId: long('p') }
        const tokenId = long('t')
        const event = use(owner, { organizationId, principalId, tokenId, userId: long('u') })
        await store.audit.write([event])
        const filter = { ...EVERY_EVENT, tokenId }
        for (const scope of [{ organizationId }, { organizationId, principalId }, null]) {
          deepEqual(await listed(store, owner, { scope, filter }), [event])
        }
        deepEqual(await listed(store, owner, { scope: { organizationId } }), [event])
      }
    },
  },
  {
    name: 'of an event and those that withdraw it, the last one is listed, in any order of writing',
    async check({ store, owner, id }) {
      const [first, second, third, other] = Array.from({ length: 4 }, () => use(owner, { tokenId: id('a') }))
      const withdraws = first?.id as string
      const denied = { ...second, outcome: 'revoked', withdraws } as AuditEvent
      const last = { ...third, outcome: 'unavailable', withdraws } as AuditEvent
      const allowed = { ...EVERY_EVENT, outcome: 'allowed' } as const
      await store.audit.write([denied])
      await store.audit.write([first as AuditEvent, other as AuditEvent])
      deepEqual(await listed(store, owner), [other, denied])
      deepEqual(await listed(store, owner, { filter: allowed }), [other])
      await store.audit.write([last])
      deepEqual(await listed(store, owner), [other, last])
      for (const filter of [
        { ...EVERY_EVENT, outcome: 'denied' } as const,
        { ...EVERY_EVENT, reason: 'unavailable' } as const,
      ]) {
        deepEqual(await listed(store, owner, { filter }), [last])
      }
      deepEqual(await listed(store, owner, { filter: { ...EVERY_EVENT, reason: 'revoked' } }), [])
      deepEqual(
        await listed(store, owner, { filter: { ...EVERY_EVENT, tokenId: id('a') }, limit: 1, descending: false }),
        [last],
      )
    },
  },
  {
    name: 'a use that was written before is kept once, as it was',
    async check({ store, owner }) {
      const once = use(owner)
      const later = use(owner)
      await store.audit.write([once])
      await store.audit.write([{ ...once, outcome: 'revoked' }, later, once])
      await store.audit.write([])
      deepEqual(await listed(store, owner), [later, once])
    },
  },
  {
    name: 'batches of any size are written',
    async check({ store, owner }) {
      for (const size of [1, 2, 3, 500, 513, 1_100]) {
        const events = Array.from({ length: size }, () => use(owner, { at: new Date(START + size) }))
        await store.audit.write(events)
        const filter = { ...EVERY_EVENT, from: new Date(START + size), until: new Date(START + size + 1) }
        equal((await listed(store, owner, { filter, limit: 2_000 })).length, size)
      }
    },
  },
  {
    name: 'events are found by token, outcome, reason, address, request and time, alone and together',
    async check(harness) {
      const { store, owner } = harness
      const events = await scattered(harness)
      for (const filter of filters(harness)) {
        for (const descending of [true, false]) {
          const expected = ordered(events, descending).filter((event) => passes(filter, event))
          const query = { filter, descending, limit: 7 }
          deepEqual(await listed(store, owner, query), expected.slice(0, 7), JSON.stringify(query))
        }
      }
    },
  },
  {
    name: 'pages follow each other without a gap, with every filter',
    async check(harness) {
      const { store, owner, id } = harness
      const events = await scattered(harness)
      for (const filter of [
        EVERY_EVENT,
        { ...EVERY_EVENT, outcome: 'denied' as const },
        { ...EVERY_EVENT, tokenId: id('a') },
      ]) {
        for (const descending of [true, false]) {
          const expected = ordered(events, descending).filter((event) => passes(filter, event))
          deepEqual(await allPages(store, owner, { filter, descending }), expected)
        }
      }
    },
  },
  {
    name: 'events are listed for their owner, their organization and the whole log',
    async check({ store, owner, id }) {
      const other = { ...owner, principalId: 'other' }
      const mine = use(owner, { tokenId: id('a') })
      const others = use(other, { tokenId: id('a') })
      const nobodys = use(owner, { organizationId: null, principalId: null, tokenId: id('a') })
      await store.audit.write([mine, others, nobodys])
      const filter = { ...EVERY_EVENT, tokenId: id('a') }
      const scopes = [owner, other, { organizationId: owner.organizationId }, { organizationId: 'elsewhere' }, null]
      const found = await Promise.all(scopes.map((scope) => listed(store, owner, { scope, filter })))
      deepEqual(found, [[mine], [others], [others, mine], [], [nobodys, others, mine]])
    },
  },
  {
    name: 'pruning takes the oldest of a kind first, and nothing else',
    async check(harness) {
      const { store, owner, event } = harness
      const at = (ms: number) => new Date(ms)
      const old = Array.from({ length: 5 }, (_, n) => use(owner, { at: at(100 + (n >> 1)) }))
      const kept = use(owner, { at: at(103) })
      await store.audit.write([...old, kept])
      await store.record([{ ...event('secret_reused', null), at: at(100) }])
      equal(await store.audit.prune('uses', at(103), 3), 3)
      deepEqual(kinds(await oldEvents(harness)), ['change', 'use', 'use', 'use'])
      equal(await store.audit.prune('uses', at(103), 3), 2)
      equal(await store.audit.prune('uses', at(103), 3), 0)
      deepEqual(kinds(await oldEvents(harness)), ['change', 'use'])
      equal(await store.audit.prune('changes', at(103), 3), 1)
      deepEqual(await oldEvents(harness), [kept])
      equal(await store.audit.prune('uses', at(104), 3), 1)
    },
  },
  {
    name: 'pruning an organization takes its events of a kind, the oldest first, and none of others',
    async check(harness) {
      const { store, owner, id, event } = harness
      const other = { organizationId: id('other'), principalId: 'ada' }
      const at = (ms: number) => new Date(ms)
      const nobody = use(owner, { organizationId: null, principalId: null, tokenId: id('n'), at: at(100) })
      const mine = Array.from({ length: 5 }, (_, n) => use(owner, { at: at(100 + (n >> 1)) }))
      const others = Array.from({ length: 5 }, (_, n) => use(other, { at: at(100 + (n >> 1)) }))
      await store.audit.write([nobody, ...mine, ...others])
      await store.record([{ ...event('secret_reused', null), at: at(100) }])
      const { organizationId } = owner
      equal(await store.audit.pruneOrganization(organizationId, 'uses', at(102), 3), 3)
      equal(await store.audit.pruneOrganization(organizationId, 'uses', at(102), 3), 1)
      equal(await store.audit.pruneOrganization(organizationId, 'uses', at(102), 3), 0)
      deepEqual(kinds(await oldEvents(harness)), ['change', 'use'])
      equal(await store.audit.pruneOrganization(organizationId, 'changes', at(101), 3), 1)
      deepEqual(await oldEvents(harness), mine.slice(4))
      const all = { ...EVERY_EVENT, until: at(1_000) }
      equal((await listed(store, owner, { scope: other, filter: all })).length, 5)
      equal((await listed(store, owner, { scope: null, filter: { ...all, tokenId: id('n') } })).length, 1)
      await store.audit.prune('uses', at(103), 1_000)
    },
  },
  {
    name: 'a query of events with an unknown field is rejected',
    async check({ store, owner }) {
      const { organizationId } = owner
      const query = { scope: owner, filter: EVERY_EVENT, descending: true, after: null, limit: 1 }
      const wrong = [
        { ...query, scope: { organizationId, principalID: 'owner' } },
        { ...query, filter: { ...EVERY_EVENT, userId: 'ada' } },
        { ...query, tokenId: 'a' },
      ]
      for (const each of wrong) await rejects(store.audit.list(each as AuditQuery), /is not a known field/)
    },
  },
  {
    name: 'an event that was kept before is kept once',
    async check({ store, owner, id, event }) {
      const once = { ...event('secret_reused', id('a')), reason: 'Verloren: „ü” 👩‍🚀' }
      await store.record([once])
      await store.record([once, event('secret_reused', id('a'))])
      const history = await store.history(owner, id('a'))
      equal(history.length, 2)
      deepEqual(history[0], once)
    },
  },
]

/** An event of a millisecond of its own, unless it is given one. */
function use(owner: Owner, change: Partial<AuditEvent> = {}): AuditEvent {
  uses++
  return {
    ...owner,
    id: `use-${run}-${String(uses).padStart(8, '0')}`,
    at: new Date(START + 10_000 + uses),
    kind: 'use',
    outcome: 'allowed',
    tokenId: null,
    userId: null,
    clientIp: null,
    requiredScopes: [],
    missingScopes: [],
    request: { id: null, method: 'GET', path: null, route: null, userAgent: null },
    count: 1,
    withdraws: null,
    ...change,
  }
}

/** Events of every outcome, three in each millisecond, and changes among them. */
async function scattered({ store, owner, id, event }: Harness): Promise<readonly LoggedEvent[]> {
  const outcomes: readonly (DenyReason | 'allowed')[] = ['allowed', 'allowed', ...DENY_REASONS]
  const events = Array.from({ length: 96 }, (_, n) =>
    use(owner, {
      at: new Date(START + Math.floor(n / 3)),
      outcome: outcomes[n % outcomes.length] as AuditEvent['outcome'],
      tokenId: [id('a'), id('b'), null][n % 3] as string | null,
      clientIp: ADDRESSES[n % 4] ?? null,
      request: { id: REQUESTS[n % 5] ?? null, method: 'GET', path: null, route: null, userAgent: null },
    }),
  )
  const changes = Array.from({ length: 6 }, (_, n) => ({
    ...event('update', id(n % 2 === 0 ? 'a' : 'b')),
    at: new Date(START + n * 5),
  }))
  await store.audit.write(events)
  await store.record(changes)
  // Events of the harness are older.
  return [...events, ...changes]
}

function filters({ id }: Harness): AuditFilter[] {
  const from = new Date(START)
  const combined: AuditFilter[] = []
  for (const outcome of [null, 'allowed', 'denied', 'changed'] as const)
    for (const tokenId of [null, id('a'), id('none')])
      for (const clientIp of outcome === 'changed' ? [null] : [null, '192.0.2.1'])
        for (const until of [null, new Date(START + 20)]) {
          combined.push({ ...EVERY_EVENT, outcome, tokenId, clientIp, from, until })
          combined.push({ ...EVERY_EVENT, outcome, tokenId, clientIp, from: new Date(START + 3), until })
        }
  for (const reason of ['expired', 'unavailable'] as const) combined.push({ ...EVERY_EVENT, reason, from })
  for (const requestId of [REQUESTS[0] as string, 'R', 'r'])
    for (const outcome of [null, 'allowed', 'denied'] as const)
      for (const tokenId of [null, id('a')]) combined.push({ ...EVERY_EVENT, requestId, outcome, tokenId, from })
  return combined
}

function passes(filter: AuditFilter, event: LoggedEvent): boolean {
  const isChange = event.kind === 'change'
  const outcome = isChange ? 'changed' : event.outcome === 'allowed' ? 'allowed' : 'denied'
  if (filter.outcome !== null && filter.outcome !== outcome) return false
  if (filter.reason !== null && (isChange || event.outcome !== filter.reason)) return false
  if (filter.clientIp !== null && (isChange || event.clientIp !== filter.clientIp)) return false
  if (filter.requestId !== null && (isChange || event.request.id !== filter.requestId)) return false
  if (filter.tokenId !== null && event.tokenId !== filter.tokenId) return false
  return !(filter.from !== null && event.at < filter.from) && !(filter.until !== null && event.at >= filter.until)
}

function ordered(events: readonly LoggedEvent[], descending: boolean): LoggedEvent[] {
  const direction = descending ? -1 : 1
  return events.toSorted((a, b) => direction * (a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1)))
}

/** The principal that every case begins with has an event of its own, which is older than these. */
function listed(store: TokenStore, owner: Owner, query: Partial<AuditQuery> = {}): Promise<readonly LoggedEvent[]> {
  const filter = { ...EVERY_EVENT, from: new Date(START) }
  return store.audit.list({ scope: owner, descending: true, after: null, limit: 100, filter, ...query })
}

async function allPages(
  store: TokenStore,
  owner: Owner,
  { filter, descending }: Pick<AuditQuery, 'filter' | 'descending'>,
): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = []
  let after: EventPlace | null = null
  for (;;) {
    const query = { filter: { ...filter, from: new Date(START) }, descending, after, limit: 5 }
    const page: readonly LoggedEvent[] = await listed(store, owner, query)
    events.push(...page)
    const last = page.at(-1)
    if (last === undefined) return events
    after = { at: last.at.getTime(), id: last.id }
  }
}

function oldEvents({ store, owner }: Harness): Promise<readonly LoggedEvent[]> {
  const filter = { ...EVERY_EVENT, until: new Date(1_000) }
  return listed(store, owner, { filter, descending: false })
}

function kinds(events: readonly LoggedEvent[]): string[] {
  return events.map(({ kind }) => kind).sort()
}

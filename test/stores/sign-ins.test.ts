import { tokenFormat } from '@patkit/core'
import { type SignInLink, type SignInRole, type SqlStore, sqlStore } from '@patkit/sql'
import { type ChangeAction, createTokenService } from '@patkit/tokens'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'
import { changeEvent } from './events.ts'

const ADA = { organizationId: 'acme', principalId: 'ada' }
const BOB = { organizationId: 'acme', principalId: 'bob' }
const ACTOR = { id: 'root', scopes: null }
const NOW = new Date('2026-03-01T12:00:00Z')
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000)

onEachEngine(({ open }) => {
  let database: TestDatabase
  let stores: readonly SqlStore[]

  beforeEach(async () => {
    database = await open()
    stores = [1, 2, 3, 4].map(() => sqlStore({ dialect: database.dialect() }))
    await store().migrate()
  })
  afterEach(async () => {
    for (const each of stores) await each[Symbol.asyncDispose]()
    await database.drop()
  })

  const store = () => stores[0] as SqlStore
  const signIns = () => store().signIns
  const link = (digest: string, role: SignInRole = 'user', owner = ADA): SignInLink => ({
    ...{ digest, owner, role },
    endsAt: later(600),
  })
  const session = (digest: string, owner = ADA) => ({
    ...{ digest, owner, method: 'openid' as const, createdAt: NOW, usedAt: NOW },
    endsAt: later(3_600),
  })
  const eventOf = (id: string, action: ChangeAction, owner = ADA) =>
    changeEvent({ id, action, at: NOW, actorId: owner.principalId, ...owner, clientIp: '203.0.113.9' })
  const addSession = (digest: string, owner = ADA) =>
    signIns().addSession({
      ...{ session: session(digest, owner), event: eventOf(`in-${digest}`, 'sign_in_openid', owner) },
      ...{ link: null, replacedSession: null },
    })
  const addByLink = (digest: string, used: SignInLink, replacedSession: string | null = null) =>
    signIns().addSession({
      ...{ session: session(digest, used.owner), event: eventOf(`in-${digest}`, 'sign_in_link', used.owner) },
      ...{ link: used, replacedSession },
    })
  const tokens = () => createTokenService({ store: store(), format: tokenFormat({ prefix: 'acme_pat' }) })

  test('of several sign-ins by one link at once, one succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      const used = link(`link-${round}`, 'administrator', { ...ADA, organizationId: `org-${round}` })
      await signIns().addLink(used)
      const opened = await Promise.all([0, 1, 2, 3].map((n) => addByLink(`${round}-${n}`, used)))
      expect(opened.toSorted()).toEqual([false, false, false, true])
      const found = await Promise.all([0, 1, 2, 3].map((n) => signIns().findSession(`${round}-${n}`, NOW)))
      expect(found.map((each) => each !== null)).toEqual(opened)
      const { items } = await tokens().audit.list({ organizationId: `org-${round}` })
      expect(items).toMatchObject([{ id: `in-${round}-${opened.indexOf(true)}` }])
    }
  })

  test('a sign-in by a link happens as a whole or not at all', async () => {
    const used = link('a', 'administrator')
    await signIns().addLink(used)
    await addSession('before')
    // The id of its event is taken.
    await expect(addByLink('before', used, 'before')).rejects.toThrow()
    expect(await signIns().findLink('a', NOW)).toEqual(used)
    expect(await signIns().findSession('before', NOW)).not.toBeNull()
    expect(await signIns().isAdministrator(ADA)).toBe(false)
    expect(await addByLink('after', used, 'before')).toBe(true)
    expect(await signIns().findLink('a', NOW)).toBeNull()
    expect(await signIns().findSession('before', NOW)).toBeNull()
    expect(await signIns().findSession('after', NOW)).not.toBeNull()
    expect(await signIns().isAdministrator(ADA)).toBe(true)
  })

  test('a link is unknown from its end on, and a guess finds nothing', async () => {
    await signIns().addLink(link('a'))
    expect(await signIns().findLink('b', NOW)).toBeNull()
    expect(await signIns().findLink('a', later(600))).toBeNull()
    expect(await signIns().findLink('a', later(599))).toEqual(link('a'))
  })

  test('a first-administrator link replaces the earlier ones of its organization', async () => {
    await signIns().addLink(link('user'))
    await signIns().addLink(link('first', 'first-administrator'))
    await signIns().addLink(link('second', 'first-administrator', BOB))
    expect(await signIns().findLink('first', NOW)).toBeNull()
    expect(await signIns().findLink('second', NOW)).toEqual(link('second', 'first-administrator', BOB))
    expect(await signIns().findLink('user', NOW)).toEqual(link('user'))
  })

  test('a session is found until its end, and its last use only moves forward', async () => {
    await addSession('a')
    await signIns().touchSession('a', later(60))
    await signIns().touchSession('a', later(30))
    expect(await signIns().findSession('a', NOW)).toEqual({ ...session('a'), usedAt: later(60) })
    expect(await signIns().findSession('a', later(3_600))).toBeNull()
    await signIns().endSession('a')
    expect(await signIns().findSession('a', NOW)).toBeNull()
  })

  test('a sign-in and a sign-out are in the audit log exactly where the session begins and ends', async () => {
    await addSession('a')
    // The id of the event is taken: neither the session nor the event is written.
    const event = eventOf('in-a', 'sign_in_openid')
    const second = { session: session('b'), event, link: null, replacedSession: null }
    await expect(signIns().addSession(second)).rejects.toThrow()
    expect(await signIns().findSession('b', NOW)).toBeNull()
    await Promise.all([1, 2, 3, 4].map((n) => signIns().endSession('a', eventOf(`out-${n}`, 'sign_out'))))
    await signIns().endSession('a', eventOf('late', 'sign_out'))
    const { items } = await tokens().audit.list(ADA)
    expect(items).toHaveLength(2)
    expect(items).toContainEqual(eventOf('in-a', 'sign_in_openid'))
    expect(items).toContainEqual({ ...eventOf('', 'sign_out'), id: expect.stringMatching(/^out-/) })
  })

  test('an erasure removes the address of sign-ins, or the events', async () => {
    for (const events of ['pseudonymise', 'erase'] as const) {
      const owner = { organizationId: events, principalId: 'ada' }
      await tokens().putPrincipal(ACTOR, { ...owner, kind: 'user' })
      await addSession(events, owner)
      await tokens().erasePrincipal(ACTOR, owner, { events })
      const { items } = await tokens().audit.list({ organizationId: events }, { outcome: 'changed' })
      const signIn = items.filter((event) => event.kind === 'change' && event.action === 'sign_in_openid')
      expect(JSON.stringify(items)).not.toMatch(/"ada"|203\.0\.113/)
      expect(signIn).toHaveLength(events === 'erase' ? 0 : 1)
    }
  })

  test('disabling and erasing a principal end its links and sessions, and no others', async () => {
    await tokens().putPrincipal(ACTOR, { ...ADA, kind: 'user' })
    await tokens().putPrincipal(ACTOR, { ...BOB, kind: 'user' })
    const put = async (digest: string) => {
      for (const owner of [ADA, BOB]) {
        await addSession(`${digest}-${owner.principalId}`, owner)
        await signIns().addLink(link(`${digest}-${owner.principalId}`, 'user', owner))
      }
    }
    const left = async (digest: string) => [
      (await signIns().findSession(`${digest}-ada`, NOW)) !== null,
      (await signIns().findLink(`${digest}-ada`, NOW)) !== null,
      (await signIns().findSession(`${digest}-bob`, NOW)) !== null,
      (await signIns().findLink(`${digest}-bob`, NOW)) !== null,
    ]
    await put('a')
    await tokens().changePrincipal(ACTOR, ADA, (principal) => ({ ...principal, disabledAt: NOW }))
    await tokens().changePrincipal(ACTOR, ADA, (principal) => ({ ...principal, disabledAt: null }))
    expect(await left('a')).toEqual([false, false, true, true])
    await put('b')
    await signIns().addAdministrator(ADA, NOW)
    await tokens().erasePrincipal(ACTOR, ADA, { events: 'keep' })
    expect(await left('b')).toEqual([false, false, true, true])
    expect(await signIns().isAdministrator(ADA)).toBe(false)
  })

  test('administrators belong to one organization, and are added once', async () => {
    await Promise.all(stores.map((each) => each.signIns.addAdministrator(ADA, NOW)))
    await signIns().addAdministrator({ ...ADA, organizationId: 'other' }, NOW)
    expect(await signIns().listAdministrators('acme')).toEqual(['ada'])
    expect(await signIns().isAdministrator(ADA)).toBe(true)
    expect([await signIns().removeAdministrator(ADA), await signIns().removeAdministrator(ADA)]).toEqual([true, false])
    expect(await signIns().listAdministrators('acme')).toEqual([])
    expect(await signIns().listAdministrators('other')).toEqual(['ada'])
  })

  test('prune removes ended links and sessions', async () => {
    await addSession('a')
    await signIns().addLink(link('a'))
    await signIns().prune(later(599))
    expect(await signIns().findSession('a', NOW)).not.toBeNull()
    await signIns().prune(later(3_600))
    expect(await signIns().findSession('a', NOW)).toBeNull()
    expect(await signIns().findLink('a', NOW)).toBeNull()
  })
})

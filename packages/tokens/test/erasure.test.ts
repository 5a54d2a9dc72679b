import type { SinkErasure } from '@patkit/core/adapter'
import { memoryStore, type TokenStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, createHarness, OWNER, principal, ROBOT } from './harness.ts'

async function issued(
  tokens: Awaited<ReturnType<typeof createHarness>>['tokens'],
  owner = OWNER,
  userId: string | null = null,
) {
  return (await tokens.create(ADMIN, owner, { name: 'a', userId })).secret.reveal()
}

test('an erased principal is gone, its tokens and those that act for it end at once, also when the id comes back', async () => {
  const { tokens, use, pass } = await createHarness()
  const own = await issued(tokens)
  const acting = await issued(tokens, ROBOT, 'ada')
  const other = await issued(tokens, ROBOT)
  for (const secret of [own, acting, other]) expect(await use(secret)).toBe('allowed')
  const { recordedAs, tokens: count } = await tokens.erasePrincipal(ADMIN, OWNER, { events: 'pseudonymise' })
  expect(count).toBe(2)
  expect(recordedAs).toMatch(/^erased-[0-9a-f-]{36}$/)
  expect(await Promise.all([own, acting, other].map(use))).toEqual(['unknown_token', 'revoked', 'allowed'])
  await expect(tokens.getPrincipal(OWNER)).rejects.toMatchObject({ code: 'ERR_PAT_PRINCIPAL_NOT_FOUND' })
  await expect(tokens.erasePrincipal(ADMIN, OWNER, { events: 'keep' })).rejects.toMatchObject({
    code: 'ERR_PAT_PRINCIPAL_NOT_FOUND',
  })
  pass(1)
  await tokens.putPrincipal(ADMIN, principal(OWNER))
  expect(await Promise.all([own, acting, other].map(use))).toEqual(['unknown_token', 'revoked', 'allowed'])
  expect((await tokens.list(OWNER)).total).toBe(0)
  expect((await tokens.audit.list(OWNER)).items).toHaveLength(1)
  const { items } = await tokens.audit.list({ organizationId: 'acme', principalId: recordedAs })
  const verbs = items.map((event) => event.kind === 'change' && event.action)
  expect(verbs).toEqual(['erasure_done', 'delete', 'erasure_begun', 'create', 'principal'])
})

test.each([undefined, {}, { events: undefined }, { events: 'all' }])(
  '%j is no choice: nothing is erased',
  async (input) => {
    const { tokens } = await createHarness()
    const erased = tokens.erasePrincipal(ADMIN, OWNER, input as never)
    await expect(erased).rejects.toMatchObject({
      code: 'ERR_PAT_INPUT_INVALID',
      message: expect.stringContaining('events'),
    })
    expect(await tokens.getPrincipal(OWNER)).toMatchObject(OWNER)
  },
)

test('who erases oneself is unnamed, too', async () => {
  const { tokens } = await createHarness()
  const { recordedAs } = await tokens.erasePrincipal({ id: 'ada', scopes: null }, OWNER, { events: 'erase' })
  const { items } = await tokens.audit.list({ organizationId: 'acme' })
  expect(JSON.stringify(items)).not.toContain('"ada"')
  expect(items.filter((event) => event.kind === 'change' && event.actorId === recordedAs)).toHaveLength(2)
})

test('an erasure that was killed between two batches goes on where it was', async () => {
  const store = memoryStore()
  let batches = 0
  const dying: TokenStore = {
    ...store,
    async eraseBatch(erasure, limit) {
      if (++batches === 3) throw new Error('killed')
      return store.eraseBatch(erasure, Math.min(limit, 2))
    },
  }
  const { tokens } = await createHarness({ store: dying })
  for (let n = 0; n < 8; n++) await issued(tokens)
  await expect(tokens.erasePrincipal(ADMIN, OWNER, { events: 'pseudonymise' })).rejects.toThrow('killed')
  const left = async () => (await tokens.audit.list(OWNER)).items.length
  expect(await left()).toBe(5)
  const again = await createHarness({ store })
  expect(await again.tokens.resumeErasures()).toBe(1)
  expect(await again.tokens.resumeErasures()).toBe(0)
  const { items } = await again.tokens.audit.list({ organizationId: 'acme' }, { limit: 100 })
  expect(items.filter((event) => event.kind === 'change' && event.action === 'erasure_done')).toHaveLength(1)
})

test('the same call finishes an erasure that broke off', async () => {
  const store = memoryStore()
  let isDead = true
  const eraseBatch: TokenStore['eraseBatch'] = async (...args) => {
    if (isDead) throw new Error('killed')
    return store.eraseBatch(...args)
  }
  const { tokens } = await createHarness({ store: { ...store, eraseBatch } })
  const erase = () => tokens.erasePrincipal(ADMIN, OWNER, { events: 'erase' })
  await expect(erase()).rejects.toThrow('killed')
  isDead = false
  const { recordedAs } = await erase()
  expect((await tokens.audit.list({ organizationId: 'acme' })).items[0]).toMatchObject({
    action: 'erasure_done',
    principalId: recordedAs,
    actorId: 'admin',
    fields: ['erase'],
  })
})

test('other sinks are called before the erasure is done, and again after a failure', async () => {
  const calls: SinkErasure[] = []
  let isAway = true
  const sink = {
    async write() {},
    async erase(erasure: SinkErasure) {
      calls.push(erasure)
      if (isAway) throw new Error('away')
    },
  }
  const { tokens } = await createHarness({ sinks: [sink, { async write() {} }] })
  await expect(tokens.erasePrincipal(ADMIN, OWNER, { events: 'erase' })).rejects.toThrow('away')
  isAway = false
  expect(await tokens.resumeErasures()).toBe(1)
  expect(calls).toEqual([calls[0], calls[0]])
  expect(calls[0]).toEqual({ ...OWNER, pseudonym: expect.stringMatching(/^erased-/), events: 'erase' })
  await tokens.erasePrincipal(ADMIN, ROBOT, { events: 'keep' })
  expect(calls).toHaveLength(2)
})

test('what becomes of events has to be said', async () => {
  const { tokens } = await createHarness()
  for (const input of [{}, { events: 'gone' }, { events: 'keep', force: true }]) {
    await expect(tokens.erasePrincipal(ADMIN, OWNER, input as never)).rejects.toMatchObject({
      code: 'ERR_PAT_INPUT_INVALID',
    })
  }
  expect(await tokens.getPrincipal(OWNER)).toEqual(principal(OWNER))
})

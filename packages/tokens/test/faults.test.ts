import { inProcessChannel } from '@patkit/core'
import { memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, createHarness, OWNER } from './harness.ts'

const away = () => Promise.reject(new Error('away'))

test('a channel that fails is reported, and the change stands', async () => {
  const channel = { ...inProcessChannel(), publish: away }
  const { tokens, faults } = await createHarness({ channel })
  faults.length = 0
  const { token } = await tokens.create(ADMIN, OWNER, { name: 'a' })
  expect((await tokens.revoke(ADMIN, OWNER, token.id)).status).toBe('revoked')
  expect(faults).toEqual([new Error('away')])
})

test('uses that could not be written are written later', async () => {
  const store = memoryStore()
  let isAway = true
  const touch: typeof store.touch = (uses) => (isAway ? away() : store.touch(uses))
  const { tokens, use, faults } = await createHarness({ store: { ...store, touch } })
  const { token, secret } = await tokens.create(ADMIN, OWNER, { name: 'a' })
  await use(secret.reveal())
  await tokens.flush()
  expect(faults).toEqual([new Error('away')])
  isAway = false
  expect(await use(secret.reveal())).toBe('allowed')
  await tokens.close()
  expect((await tokens.get(OWNER, token.id)).useCount).toBe(2)
})

test('a store that is away is an outage', async () => {
  const { tokens, use, faults } = await createHarness({ store: { ...memoryStore(), resolveMany: away, find: away } })
  const { secret } = await tokens.create(ADMIN, OWNER, { name: 'a' })
  expect(await use(secret.reveal())).toBe('unavailable')
  expect(faults).toMatchObject([{ code: 'ERR_PAT_RESOLVER_FAILED' }])
  await expect(tokens.get(OWNER, 'x')).rejects.toThrow('away')
})

test('a notice that cannot be written is reported, and comes again', async () => {
  const store = memoryStore()
  const { tokens, use, faults, pass } = await createHarness({ store: { ...store, record: away } })
  const { token, secret } = await tokens.create(ADMIN, OWNER, { name: 'a' })
  await tokens.rotate(ADMIN, OWNER, token.id)
  expect(await use(secret.reveal())).toBe('superseded')
  await tokens.flush()
  expect(faults).toEqual([new Error('away')])
  pass(60_000)
  await use(secret.reveal())
  await tokens.flush()
  expect(faults).toHaveLength(2)
})

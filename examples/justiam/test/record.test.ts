import type { TokenStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { USERS } from '../src/users.ts'
import { createHarness, ME, OF_SERVICE_ACCOUNT } from './harness.ts'

const CREATION = { name: 'mine', expires_in_days: 1 }

test('every use of a PAT and of a JWT is on record when it is answered, and every change', async () => {
  const harness = await createHarness()
  const { jwt, patOf, tokens, pass } = harness
  // Events of one instant have an order of their own.
  const ask: typeof harness.ask = (...request) => {
    pass(1)
    return harness.ask(...request)
  }
  const { id, token } = await patOf(jwt.user)
  await ask('GET', '/api/v1/users', { as: token })
  await ask('GET', ME, { as: token })
  await ask('GET', OF_SERVICE_ACCOUNT, { as: token })
  await ask('DELETE', `${ME}/${id}`, { as: jwt.user })
  await ask('GET', ME, { as: token })
  const { items } = await tokens.audit.list({ organizationId: 'justiam', principalId: USERS.user.id }, { tokenId: id })
  const told = items.map((event) => (event.kind === 'change' ? event.action : `${event.kind} ${event.outcome}`))
  expect(told.toReversed()).toEqual([
    'create',
    'use allowed',
    'use allowed',
    'use allowed',
    'refused insufficient_scope',
    'revoke',
    'use revoked',
  ])
  const all = await tokens.audit.list({ organizationId: 'justiam', principalId: USERS.user.id }, { outcome: 'allowed' })
  const paths = all.items.map((event) => (event.kind === 'change' ? null : event.request.path))
  expect(paths.toReversed()).toEqual([ME, '/api/v1/users', ME, OF_SERVICE_ACCOUNT, `${ME}/${id}`])
})

test('neither the store nor the record holds a token, and answers tell it once', async () => {
  const { ask, jwt, patOf, tokens } = await createHarness()
  const { id, token } = await patOf(jwt.user)
  await ask('GET', ME, { as: token })
  await ask('GET', OF_SERVICE_ACCOUNT, { as: token })
  await ask('GET', ME, { as: `${token.slice(0, -1)}!` })
  await tokens.flush()
  const owner = { organizationId: 'justiam', principalId: USERS.user.id }
  const { items } = await tokens.audit.list(null, { limit: 100 })
  const kept = JSON.stringify([items, await tokens.get(owner, id), await tokens.history(owner, id)])
  expect(kept).toContain(id)
  expect(kept).not.toContain(token.slice('justiam_pat_'.length, -6))
  expect(kept).not.toContain(jwt.user.split('.')[2])
})

test('what cannot be put on record is not done', async () => {
  let isWorking = true
  const failing = (store: TokenStore): TokenStore => ({
    ...store,
    audit: {
      ...store.audit,
      write: async (events) => {
        if (!isWorking) throw new Error('the disk is full')
        return store.audit.write(events)
      },
    },
  })
  const harness = await createHarness(failing)
  const { ask, jwt, patOf } = harness
  const { token } = await patOf(jwt.user)
  const before = await harness.everything()
  isWorking = false
  for (const as of [token, jwt.user]) {
    const answer = await ask('POST', ME, { as, body: CREATION })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(answer.text).not.toContain('disk')
    expect((await ask('GET', '/api/v1/users', { as })).status).toBe(503)
  }
  expect(await harness.everything()).toBe(before)
  expect(harness.faults).not.toEqual([])
  isWorking = true
  expect((await ask('GET', ME, { as: token })).status).toBe(200)
})

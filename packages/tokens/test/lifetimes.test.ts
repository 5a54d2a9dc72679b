import { memoryStore, type TokenPolicy } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, createHarness, DAY, OWNER, SECOND, START } from './harness.ts'

const INPUT = { name: 'a' }
const days = (count: number) => count * 86_400

test.each([
  [{}, undefined, null],
  [{}, { days: 3 }, START + 3 * DAY],
  [{}, { seconds: 90 }, START + 90 * SECOND],
  [{}, new Date(START + 1), START + 1],
  [{ defaultLifetimeSeconds: days(7) }, undefined, START + 7 * DAY],
  [{ defaultLifetimeSeconds: days(7) }, null, null],
  [{ maximumLifetimeSeconds: days(9) }, null, START + 9 * DAY],
  [{ maximumLifetimeSeconds: days(9) }, { days: 9 }, START + 9 * DAY],
  [{ minimumLifetimeSeconds: days(2) }, { days: 2 }, START + 2 * DAY],
] as const)('under %j the expiry %j is %j', async (policy, expiry, end) => {
  const { tokens } = await createHarness({ policy })
  const { token } = await tokens.create(ADMIN, OWNER, { ...INPUT, ...(expiry !== undefined && { expiry }) })
  expect(token.expiresAt?.getTime() ?? null).toBe(end)
})

test.each([
  [{}, new Date(START)],
  [{}, new Date(Number.NaN)],
  [{}, new Date(Date.UTC(10000, 0))],
  [{}, { days: 0 }],
  [{}, { days: 1.5 }],
  [{}, { days: Number.MAX_SAFE_INTEGER }],
  [{}, { seconds: -1 }],
  [{}, '2027-01-01'],
  [{}, {}],
  [{ lifetimeRequired: true }, null],
  [{ lifetimeRequired: true }, undefined],
  [{ minimumLifetimeSeconds: days(2) }, { days: 1 }],
  [{ maximumLifetimeSeconds: days(2) }, { days: 3 }],
])('under %j the expiry %j is refused', async (policy, expiry) => {
  const { tokens } = await createHarness({ policy })
  const created = tokens.create(ADMIN, OWNER, { ...INPUT, expiry: expiry as Date })
  await expect(created).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field: 'expiry' })
})

test('a token expires on its instant', async () => {
  const { tokens, use, pass } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, { ...INPUT, expiry: { seconds: 10 } })
  pass(10 * SECOND - 1)
  expect(await use(secret.reveal())).toBe('allowed')
  pass(1)
  expect(await use(secret.reveal())).toBe('expired')
  expect((await tokens.get(OWNER, token.id)).status).toBe('expired')
})

test.each<[TokenPolicy, string]>([
  [{ maximumLifetimeSeconds: 5 }, 'expired'],
  [{ maximumLifetimeSeconds: 6 }, 'allowed'],
  [{ lifetimeRequired: true }, 'expired'],
  [{ lifetimeRequired: true, maximumLifetimeSeconds: 6 }, 'expired'],
  [{ idleSeconds: 5 }, 'expired'],
])('a token of before is under %j today: %s', async (policy, outcome) => {
  const store = memoryStore()
  const before = await createHarness({ store })
  const { token, secret } = await before.tokens.create(ADMIN, OWNER, INPUT)
  const after = await createHarness({ store, policy })
  after.pass(5 * SECOND)
  expect(await after.use(secret.reveal())).toBe(outcome)
  const { items } = await after.tokens.list(OWNER, { status: outcome === 'allowed' ? 'active' : 'expired' })
  expect(items.map(({ id }) => id)).toEqual([token.id])
})

test('a token that is used does not idle, also before the use is written', async () => {
  const { tokens, use, pass } = await createHarness({ policy: { idleSeconds: 5 } })
  const { token, secret } = await tokens.create(ADMIN, OWNER, INPUT)
  for (let n = 0; n < 4; n++) {
    pass(4 * SECOND)
    expect(await use(secret.reveal())).toBe('allowed')
  }
  pass(5 * SECOND)
  expect(await use(secret.reveal())).toBe('expired')
  await tokens.flush()
  const { secret: next } = await tokens.regenerate(ADMIN, OWNER, token.id)
  expect(await use(next.reveal())).toBe('allowed')
})

import { expect, test } from 'vitest'
import { ADMIN, createHarness, DAY, OWNER, SECOND, START } from './harness.ts'

const within = [30, 7, 1]

test('a notice is given once, again after ten minutes without a confirmation, and never after one', async () => {
  const { tokens, pass } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, { name: 'a', expiry: { days: 40 } })
  expect(await tokens.notices({ within })).toEqual([])
  pass(10 * DAY)
  const [notice] = await tokens.notices({ within })
  expect(notice).toEqual({ id: expect.any(String), within: 30, endsAt: token.expiresAt, token })
  const id = notice?.id as string
  expect(await tokens.notices({ within })).toEqual([])
  pass(599 * SECOND)
  expect(await tokens.notices({ within })).toEqual([])
  pass(SECOND)
  expect((await tokens.notices({ within })).map((again) => again.id)).toEqual([id])
  expect(await tokens.confirmNotices([id])).toBe(1)
  expect(await tokens.confirmNotices([id])).toBe(0)
  pass(DAY)
  expect(await tokens.notices({ within })).toEqual([])
})

test('of a token the most urgent notice is given alone, and none once it was revoked, renewed or has ended', async () => {
  const { tokens, pass } = await createHarness()
  const issue = async (name: string) => (await tokens.create(ADMIN, OWNER, { name, expiry: { days: 5 } })).token.id
  const [revoked, renewed, left] = [await issue('revoked'), await issue('renewed'), await issue('left')]
  const given = async () => (await tokens.notices({ within })).map((notice) => [notice.token.id, notice.within])
  expect(await given()).toEqual([revoked, renewed, left].map((id) => [id, 7]))
  await tokens.revoke(ADMIN, OWNER, revoked)
  await tokens.update(ADMIN, OWNER, renewed, { expiry: { days: 60 } })
  pass(600 * SECOND)
  expect(await given()).toEqual([[left, 7]])
  pass(4 * DAY)
  expect(await given()).toEqual([[left, 1]])
  pass(DAY)
  expect(await given()).toEqual([])
})

test('the end that holds is shown, sorted and filtered by, and noticed', async () => {
  const { tokens } = await createHarness({ policy: { maximumLifetimeSeconds: 20 * 86_400, idleSeconds: 10 * 86_400 } })
  const { token: short } = await tokens.create(ADMIN, OWNER, { name: 'short', expiry: { days: 5 } })
  const { token: long } = await tokens.create(ADMIN, OWNER, { name: 'long' })
  expect([short.endsAt, long.endsAt]).toEqual([new Date(START + 5 * DAY), new Date(START + 10 * DAY)])
  const names = async (input: object) => (await tokens.list(OWNER, input)).items.map(({ name }) => name)
  expect(await names({ sort: 'endsAt' })).toEqual(['short', 'long'])
  expect(await names({ sort: 'endsAt', descending: true })).toEqual(['long', 'short'])
  expect(await names({ endsBefore: new Date(START + 10 * DAY) })).toEqual(['short'])
  const { next } = await tokens.list(OWNER, { sort: 'endsAt', limit: 1 })
  expect(await names({ sort: 'endsAt', limit: 1, cursor: next })).toEqual(['long'])
  const given = await tokens.notices({ within: [15] })
  expect(given.map(({ token }) => token.name)).toEqual(['short'])
})

test.each([
  [{}, 'within'],
  [{ within: [] }, 'within'],
  [{ within: [0] }, 'within/0'],
  [{ within: [1, 2.5] }, 'within/1'],
  [{ within: [3_651] }, 'within/0'],
  [{ within: Array(11).fill(1) }, 'within'],
  [{ within: [1], limit: 1_001 }, 'limit'],
  [{ within: [1], days: 1 }, 'days'],
])('input %j is refused on %s', async (input, field) => {
  const { tokens } = await createHarness()
  await expect(tokens.notices(input as never)).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
})

test('invalid ids and instants are refused', async () => {
  const { tokens } = await createHarness()
  for (const id of ['', 'x', '1.2', 'a.1.b', 7]) {
    await expect(tokens.confirmNotices([id as string])).rejects.toMatchObject({ field: 'ids/0' })
  }
  await expect(tokens.confirmNotices('x' as never)).rejects.toMatchObject({ field: 'ids' })
  expect(await tokens.confirmNotices(['1.2.nobody'])).toBe(0)
  await expect(tokens.list(OWNER, { endsBefore: 'x' as never })).rejects.toMatchObject({ field: 'endsBefore' })
})

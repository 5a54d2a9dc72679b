import { expect, test } from 'vitest'
import { ADA, ask, createHarness, NOW } from './harness.ts'

const ADMIN = { id: 'root', scopes: null }
const ISSUED = new Date(NOW - 10 * 86_400_000)
const OLD = { name: 'old', hint: 'old', digest: 'a'.repeat(64), scopes: ['drive:read', 'mail:read'], createdAt: ISSUED }

async function withOldToken() {
  const harness = await createHarness()
  await harness.tokens.import(ADMIN, ADA, { ...OLD, expiresAt: null })
  const list = (query: string) => ask(harness, 'admin', 'GET', `/organization/tokens?status=active${query}`)
  const names = async (query: string) => (await list(query)).body.items.map(({ name }: { name: string }) => name)
  return { ...harness, list, names }
}

test('a policy is tried on the active tokens of an organization, which stay as they are', async () => {
  const { list, names, everything } = await withOldToken()
  const before = await everything()
  const all = (await list('')).body.total
  expect(await names('&policy_maximum_lifetime_seconds=863999')).toEqual(['old'])
  expect(await names('&policy_idle_seconds=863999&limit=1')).toEqual(['old'])
  expect(await names('&policy_maximum_lifetime_seconds=900000&policy_lifetime_required=false')).toEqual([])
  expect((await list('&policy_lifetime_required=true')).body.total).toBe(all)
  expect([(await list('')).body.total, await everything()]).toEqual([all, before])
})

test('tokens that would live on under a policy with an earlier end are a group of their own', async () => {
  const { names } = await withOldToken()
  const shortened = (query: string) => names(`&search=old&policy_effect=shortened${query}`)
  expect(await shortened('&policy_maximum_lifetime_seconds=864001')).toEqual(['old'])
  expect(await shortened('&policy_maximum_lifetime_seconds=863999')).toEqual([])
  expect(await shortened('&policy_idle_seconds=900000')).toEqual([])
  expect(await names('&search=old&policy_effect=ended&policy_maximum_lifetime_seconds=863999')).toEqual(['old'])
})

test.each([
  'policy_maximum_lifetime_seconds=x',
  'policy_idle_seconds=0',
  'policy_lifetime_required=yes',
  'policy_effect=longer',
  'policy_effect=ended',
  'policy_effect=shortened&search=old',
])('%s is refused, naming the parameter', async (query) => {
  const { list } = await withOldToken()
  const field = query.split('=')[0]
  expect(await list(`&${query}`)).toMatchObject({ status: 400, body: { errors: [{ field }] } })
})

test('a token of the organization has the scopes that its owner may not use, and the beginning of its life', async () => {
  const { tokens, list } = await withOldToken()
  await tokens.putPrincipal(ADMIN, { ...ADA, kind: 'user', ceiling: ['drive:read'] })
  const { body } = await list('&search=old')
  expect(body.items).toMatchObject([{ issued_at: ISSUED.toISOString(), scopes_above_owner: ['mail:read'] }])
  await tokens.putPrincipal(ADMIN, { ...ADA, kind: 'user', ceiling: null })
  expect((await list('&search=old')).body.items).toMatchObject([{ scopes_above_owner: [] }])
})

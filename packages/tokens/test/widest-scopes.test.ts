import { expect, test } from 'vitest'
import { ADMIN, createHarness, OWNER } from './harness.ts'

const WIDEST = { wildcards: true, widestScopesOnly: true }

async function holder(scopes: readonly string[], options: object = WIDEST) {
  const { tokens, may } = await createHarness(options)
  const { token, secret } = await tokens.create(ADMIN, OWNER, { name: 'a', scopes })
  return { tokens, may: (scope: string) => may(secret.reveal(), scope), id: token.id, scopes: token.scopes }
}

test('a wildcard replaces the scopes that it covers, at creation and later', async () => {
  const { tokens, id, scopes, may } = await holder(['drive:read', 'drive:*', 'audit:list'])
  expect(scopes).toEqual(['drive:*', 'audit:list'])
  expect(await may('audit:count')).toBe(false)
  expect((await tokens.addScopes(ADMIN, OWNER, id, ['audit:*', 'audit:count'])).scopes).toEqual(['drive:*', 'audit:*'])
  expect(await may('audit:count')).toBe(true)
  expect((await tokens.update(ADMIN, OWNER, id, { scopes: ['a:b', '*:b', 'c'] })).scopes).toEqual(['*:b', 'c'])
})

test('what a wildcard covers already cannot be added, and nothing is then', async () => {
  const { tokens, id } = await holder(['drive:*'])
  const added = tokens.addScopes(ADMIN, OWNER, id, ['audit:list', 'drive:read'])
  await expect(added).rejects.toMatchObject({ code: 'ERR_PAT_SCOPE_COVERED', field: 'scopes/1' })
  expect((await tokens.get(OWNER, id)).scopes).toEqual(['drive:*'])
})

test('existing scopes can be added again, and are covered together with their replacements', async () => {
  const { tokens, id } = await holder(['drive:files:*'])
  expect((await tokens.addScopes(ADMIN, OWNER, id, ['drive:files:*'])).version).toBe(1)
  expect((await tokens.addScopes(ADMIN, OWNER, id, ['drive:files:read', 'drive:*'])).scopes).toEqual(['drive:*'])
})

test('nothing of this holds without the option', async () => {
  const { tokens, id, scopes } = await holder(['drive:*', 'drive:read'], { wildcards: true })
  expect(scopes).toEqual(['drive:*', 'drive:read'])
  expect((await tokens.addScopes(ADMIN, OWNER, id, ['drive:write'])).scopes).toHaveLength(3)
})

test('scopes to remove can be chosen among those that are held', async () => {
  const { tokens, id, may } = await holder(['drive:read', 'drive:write', 'audit:list'])
  const seen: (readonly string[])[] = []
  const choice = (held: readonly string[]) => {
    seen.push(held)
    return held.filter((scope) => scope.startsWith('drive:'))
  }
  expect((await tokens.removeScopes(ADMIN, OWNER, id, choice)).scopes).toEqual(['audit:list'])
  expect(seen).toEqual([['drive:read', 'drive:write', 'audit:list']])
  expect([await may('drive:read'), await may('audit:list')]).toEqual([false, true])
})

test('a choice that throws changes nothing', async () => {
  const { tokens, id } = await holder(['drive:read'])
  const failing = tokens.removeScopes(ADMIN, OWNER, id, () => {
    throw new RangeError('none of these')
  })
  await expect(failing).rejects.toThrow(RangeError)
  expect((await tokens.get(OWNER, id)).version).toBe(1)
})

import { memoryStore } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, createHarness, DAY, OWNER, START } from './harness.ts'

const RECORDING = { recordScopeUses: true }

test('guards that pass note the scopes of a token, written with its last use', async () => {
  const { tokens, use, may, pass } = await createHarness(RECORDING)
  const input = { name: 'a', scopes: ['drive:read', 'drive:write', 'mail:read'] }
  const { token, secret } = await tokens.create(ADMIN, OWNER, input)
  const value = secret.reveal()
  const none = (scope: string) => ({ scope, recordedSince: null, lastUsedAt: null })
  expect(await tokens.scopeUses(OWNER, token.id)).toEqual(input.scopes.map(none))
  pass(DAY)
  expect(await may(value, 'drive:read')).toBe(true)
  pass(DAY)
  expect([await may(value, 'mail:read'), await may(value, 'mail:send')]).toEqual([true, false])
  await tokens.flush()
  const since = { recordedSince: new Date(START) }
  expect(await tokens.scopeUses(OWNER, token.id)).toEqual([
    { scope: 'drive:read', ...since, lastUsedAt: new Date(START + DAY) },
    { scope: 'drive:write', ...since, lastUsedAt: null },
    { scope: 'mail:read', ...since, lastUsedAt: new Date(START + 2 * DAY) },
  ])
  await use(value)
  await tokens.flush()
  expect((await tokens.get(OWNER, token.id)).useCount).toBe(4)
  expect((await tokens.scopeUses(OWNER, token.id))[1]).toEqual({ scope: 'drive:write', ...since, lastUsedAt: null })
})

test('every scope that covers a required one counts as used', async () => {
  const { tokens, may } = await createHarness({
    ...RECORDING,
    wildcards: true,
    implies: { 'mail:send': ['mail:read'] },
  })
  const scopes = ['drive:*', 'drive:read', 'drive:write', 'mail:send', 'calendar:read']
  const { token, secret } = await tokens.create(ADMIN, OWNER, { name: 'a', scopes })
  await may(secret.reveal(), 'drive:read')
  await may(secret.reveal(), 'mail:read')
  await tokens.flush()
  const used = (await tokens.scopeUses(OWNER, token.id)).filter(({ lastUsedAt }) => lastUsedAt !== null)
  expect(used.map(({ scope }) => scope)).toEqual(['drive:*', 'drive:read', 'mail:send'])
})

test('where guards require very many scopes, all scopes count as used', async () => {
  const { tokens, may } = await createHarness({ ...RECORDING, wildcards: true })
  const { token, secret } = await tokens.create(ADMIN, OWNER, { name: 'a', scopes: ['drive:*', 'mail:read'] })
  for (let id = 0; id < 102; id++) expect(await may(secret.reveal(), `drive:${id}`)).toBe(true)
  await tokens.flush()
  const uses = await tokens.scopeUses(OWNER, token.id)
  expect(uses.map(({ lastUsedAt }) => lastUsedAt)).toEqual([new Date(START), new Date(START)])
})

test('a program that does not record breaks the record off, and notes nothing itself', async () => {
  const store = memoryStore()
  const recording = await createHarness({ ...RECORDING, store })
  const silent = await createHarness({ store })
  expect(silent.tokens.verifierOptions.onScopeUse).toBe(undefined)
  const { token, secret } = await recording.tokens.create(ADMIN, OWNER, { name: 'a', scopes: ['drive:read'] })
  const known = async () => (await recording.tokens.scopeUses(OWNER, token.id))[0]?.recordedSince
  await recording.may(secret.reveal(), 'drive:read')
  await recording.tokens.flush()
  expect(await known()).toEqual(new Date(START))
  await silent.may(secret.reveal(), 'drive:read')
  await silent.tokens.flush()
  expect(await known()).toBe(null)
  recording.pass(DAY)
  await recording.may(secret.reveal(), 'drive:read')
  await recording.tokens.flush()
  expect(await known()).toEqual(new Date(START + DAY))
})

test('a record of a format is not noted, and a wrong option is refused', async () => {
  const { tokens } = await createHarness(RECORDING)
  tokens.verifierOptions.onScopeUse?.({ id: 'foreign' } as never, ['drive:read'], START, null)
  await tokens.flush()
  await expect(createHarness({ recordScopeUses: 'yes' as never })).rejects.toThrow('"recordScopeUses"')
  await expect(tokens.scopeUses(OWNER, 'missing')).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_NOT_FOUND' })
})

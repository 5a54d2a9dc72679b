import { defineScopes, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore, type RotateInput, type TokenService } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, createHarness, OWNER, ROBOT, START } from './harness.ts'

const GOOD = { name: 'a' }
const KEY = 'b2f8a1d4-5d0c-4b7e-9a51-3c2f1e0d9b8a'

function cursorOf(...parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

test.each<readonly [object, string]>([
  [{ name: '' }, 'name'],
  [{ name: 'x'.repeat(256) }, 'name'],
  [{ name: 'a\u0000b' }, 'name'],
  [{ name: 'a\u202eb' }, 'name'],
  [{ name: 'a\ud800' }, 'name'],
  [{ name: 7 }, 'name'],
  ...[
    '   ',
    '\u00a0',
    '\u3000',
    '\u2003',
    '\u2800',
    '\u200b',
    '\ufeff',
    '\u115f',
    '\u3164',
    '\u00ad',
    '\uffa0',
    '\u034f',
    '\t',
    '\ufe0f',
  ].map((blank): [{ name: string }, string] => [{ name: `${blank} ${blank}` }, 'name']),
  [{ ...GOOD, expiry: { days: 1, second: 5 } }, 'expiry'],
  [{ name: `a${'\u0301'.repeat(1020)}` }, 'name'],
  [{ ...GOOD, description: 'x'.repeat(501) }, 'description'],
  [{ ...GOOD, scopes: 'drive:read' }, 'scopes'],
  [{ ...GOOD, scopes: ['drive:read', 'bad scope'] }, 'scopes/1'],
  [{ ...GOOD, scopes: Array.from({ length: 10_000 }, (_, n) => `a:${n}`) }, 'scopes'],
  [{ ...GOOD, ipAllowlist: [] }, 'ipAllowlist'],
  [{ ...GOOD, ipAllowlist: ['10.0.0.0/8', '010.0.0.1'] }, 'ipAllowlist/1'],
  [{ ...GOOD, userId: '' }, 'userId'],
  [{ ...GOOD, idempotencyKey: 'short' }, 'idempotencyKey'],
  [{ ...GOOD, principalId: 'somebody' }, 'principalId'],
])('%j is refused, naming the field, and nothing is written', async (input, field) => {
  const { tokens } = await createHarness()
  const created = tokens.create(ADMIN, OWNER, input as { name: string })
  await expect(created).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
  expect((await tokens.list(OWNER)).total).toBe(0)
})

test('names are kept in normal form, and emoji of several parts are names', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, { name: 'A\u0308rger 👩‍🚀' })
  expect(token.name).toBe('Ärger 👩‍🚀')
})

test('a name of the longest is one in every form of it', async () => {
  const { tokens } = await createHarness()
  // One code point of four in normal form D, and one of two code units that becomes two.
  for (const name of ['\u1f82'.repeat(255), '\u{1109a}'.repeat(255)]) {
    const { token } = await tokens.create(ADMIN, OWNER, { name: name.normalize('NFD') })
    expect(token.name).toBe(name.normalize('NFC'))
    await expect(tokens.create(ADMIN, OWNER, { name: `${name}a` })).rejects.toMatchObject({ field: 'name' })
  }
})

test.each([
  [{ maximumLifetimeSeconds: 0 }, 'maximumLifetimeSeconds'],
  [{ idleSeconds: 1.5 }, 'idleSeconds'],
  [{ lifetimeRequired: 'yes' }, 'lifetimeRequired'],
  [{ minimumLifetimeSeconds: 1 }, 'minimumLifetimeSeconds'],
])('a trial of the policy %j is refused, naming the member', async (expiredUnder, field) => {
  const { tokens } = await createHarness()
  for (const input of [{ expiredUnder }, { shortenedUnder: expiredUnder }]) {
    const listed = tokens.list(OWNER, input as never)
    await expect(listed).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
  }
})

test('a list has the tokens that a trial ends, or those that it shortens', async () => {
  const { tokens } = await createHarness()
  const both = tokens.list(OWNER, { expiredUnder: { idleSeconds: 9 }, shortenedUnder: { idleSeconds: 9 } })
  await expect(both).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field: 'shortenedUnder' })
})

test('a catalog of scopes is all there is', async () => {
  const { tokens } = await createHarness({ scopes: defineScopes({ 'drive:read': 'Read' }) })
  const created = tokens.create(ADMIN, OWNER, { ...GOOD, scopes: ['drive:read', 'drive:reed'] })
  await expect(created).rejects.toMatchObject({ field: 'scopes/1' })
  const { token } = await tokens.create(ADMIN, OWNER, { ...GOOD, scopes: ['drive:read'] })
  await expect(tokens.addScopes(ADMIN, OWNER, token.id, ['sites:read'])).rejects.toMatchObject({ field: 'scopes/0' })
})

test.each([
  [{ limit: 0 }, 'limit'],
  [{ limit: 101 }, 'limit'],
  [{ offset: -1 }, 'offset'],
  [{ cursor: 'nonsense' }, 'cursor'],
  [{ cursor: Buffer.from('["name","a","b"]').toString('base64url') }, 'cursor'],
  [{ cursor: 'x', offset: 1 }, 'offset'],
  [{ status: 'dead' }, 'status'],
  [{ sort: 'digest' }, 'sort'],
  [{ search: 'x'.repeat(256) }, 'search'],
  [{ name: 'x'.repeat(256) }, 'name'],
  [{ search: 'a\0b' }, 'search'],
  [{ search: 'a\nb' }, 'search'],
  [{ search: '\ud800' }, 'search'],
  [{ cursor: cursorOf('createdAt', 5, 'a\0b') }, 'cursor'],
  [{ cursor: cursorOf('createdAt', 5, '\ud800') }, 'cursor'],
  [{ cursor: cursorOf('createdAt', 5, '') }, 'cursor'],
  [{ cursor: cursorOf('createdAt', 5, 'a'.repeat(129)) }, 'cursor'],
  [{ cursor: cursorOf('createdAt', 5.5, 'a') }, 'cursor'],
  [{ sort: 'name', cursor: cursorOf('name', 'a\0b', 'x') }, 'cursor'],
  [{ sort: 'name', cursor: cursorOf('name', '\ud800', 'x') }, 'cursor'],
  [{ sort: 'name', cursor: cursorOf('name', 'a'.repeat(256), 'x') }, 'cursor'],
  [{ page: 1 }, 'page'],
])('a list of %j is refused, naming the member', async (input, field) => {
  const { tokens } = await createHarness()
  await expect(tokens.list(OWNER, input as object)).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
})

test('pages follow one another by cursor, the newest first', async () => {
  const { tokens, pass } = await createHarness()
  for (const name of ['a', 'b', 'c']) {
    await tokens.create(ADMIN, OWNER, { name })
    pass(1)
  }
  const first = await tokens.list(OWNER, { limit: 2 })
  expect(first.items.map(({ name }) => name)).toEqual(['c', 'b'])
  const second = await tokens.list(OWNER, { limit: 2, cursor: first.next as string })
  expect([second.items.map(({ name }) => name), second.next, second.total]).toEqual([['a'], null, 3])
  expect((await tokens.list({ organizationId: 'acme' })).total).toBe(3)
})

test('the same key gets the same answer for a day, secret included', async () => {
  const { tokens, use, pass } = await createHarness()
  const input = { ...GOOD, idempotencyKey: KEY }
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => tokens.create(ADMIN, OWNER, input)))
  expect(others.map(({ token }) => token.id)).toEqual([first?.token.id, first?.token.id])
  const again = await tokens.create(ADMIN, OWNER, input)
  expect(again.replayed).toBe(true)
  expect(again.secret.reveal()).toBe(first?.secret.reveal())
  expect(`${again.secret}`).toBe(first?.secret.hint)
  expect(await use(again.secret.reveal())).toBe('allowed')
  expect((await tokens.list(OWNER)).total).toBe(1)
  pass(86_400_000)
  expect((await tokens.create(ADMIN, OWNER, input)).replayed).toBe(false)
  expect(await tokens.prune()).toBe(0)
  pass(86_400_000)
  expect(await tokens.prune()).toBe(1)
})

test('a key belongs to its request, its actor and its owner', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, { ...GOOD, idempotencyKey: KEY })
  const other = tokens.create(ADMIN, OWNER, { name: 'b', idempotencyKey: KEY })
  await expect(other).rejects.toMatchObject({ code: 'ERR_PAT_IDEMPOTENCY_MISMATCH', field: 'idempotencyKey' })
  const foreign = await tokens.create({ id: 'mallory', scopes: null }, OWNER, { ...GOOD, idempotencyKey: KEY })
  expect(foreign.token.id).not.toBe(token.id)
  expect((await tokens.create(ADMIN, ROBOT, { ...GOOD, idempotencyKey: KEY })).replayed).toBe(false)
})

test('rotations and regenerations with one key make one secret, and the key is good for one request', async () => {
  const { tokens, use } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, GOOD)
  const rotate = (input: RotateInput = {}) =>
    tokens.rotate(ADMIN, OWNER, token.id, { overlapSeconds: 60, ...input, idempotencyKey: KEY })
  const [first, second] = await Promise.all([rotate(), rotate()])
  expect([first?.replayed, second?.replayed].sort()).toEqual([false, true])
  expect(second?.secret.reveal()).toBe(first?.secret.reveal())
  expect((await rotate()).token.version).toBe(2)
  const mismatch = { code: 'ERR_PAT_IDEMPOTENCY_MISMATCH', field: 'idempotencyKey' }
  await expect(rotate({ overlapSeconds: 0 })).rejects.toMatchObject(mismatch)
  await expect(tokens.create(ADMIN, OWNER, { ...GOOD, idempotencyKey: KEY })).rejects.toMatchObject(mismatch)
  const other = await tokens.create(ADMIN, OWNER, GOOD)
  const elsewhere = { overlapSeconds: 60, idempotencyKey: KEY }
  await expect(tokens.rotate(ADMIN, OWNER, other.token.id, elsewhere)).rejects.toMatchObject(mismatch)
  expect(other.token.version).toBe((await tokens.get(OWNER, other.token.id)).version)

  await tokens.revoke(ADMIN, OWNER, token.id)
  const regenerate = () => tokens.regenerate(ADMIN, OWNER, token.id, { idempotencyKey: `${KEY}-2` })
  const [live, repeated] = await Promise.all([regenerate(), regenerate()])
  expect([live?.replayed, repeated?.replayed].sort()).toEqual([false, true])
  expect(repeated?.secret.reveal()).toBe(live?.secret.reveal())
  expect(await use(live?.secret.reveal() ?? '')).toBe('allowed')
})

test.each<[string, (tokens: TokenService, id: string) => Promise<unknown>]>([
  ['revoked', (tokens, id) => tokens.revoke(ADMIN, OWNER, id)],
  ['rotated', (tokens, id) => tokens.rotate(ADMIN, OWNER, id)],
  ['deleted', (tokens, id) => tokens.delete(ADMIN, OWNER, id)],
  ['deleted with all others', (tokens) => tokens.deleteAll(ADMIN, OWNER)],
  ['revoked with all others', (tokens) => tokens.revokeAll(ADMIN, OWNER)],
])('the answer to a key ends when the token is %s, and the key makes no other secret', async (_, end) => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, { ...GOOD, idempotencyKey: KEY })
  const rotate = () => tokens.rotate(ADMIN, OWNER, token.id, { idempotencyKey: `${KEY}-2` })
  await rotate()
  const ended = { code: 'ERR_PAT_IDEMPOTENCY_ENDED', field: 'idempotencyKey' }
  await expect(tokens.create(ADMIN, OWNER, { ...GOOD, idempotencyKey: KEY })).rejects.toMatchObject(ended)
  expect((await rotate()).replayed).toBe(true)
  await end(tokens, token.id)
  const before = (await tokens.history(OWNER, token.id)).length
  await expect(rotate()).rejects.toMatchObject(ended)
  await expect(tokens.create(ADMIN, OWNER, { ...GOOD, idempotencyKey: KEY })).rejects.toMatchObject(ended)
  expect((await tokens.history(OWNER, token.id)).length).toBe(before)
})

test('a token that rotates itself does so with its newest secret, and gets an answer again while its secret lives', async () => {
  const { tokens, pass } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, GOOD)
  const rotate = (presentedDigest: string, more: RotateInput = {}) =>
    tokens.rotate(ADMIN, OWNER, token.id, { overlapSeconds: 60, presentedDigest, ...more })
  const keyed = () => rotate(secret.digest, { idempotencyKey: KEY })
  const [first, second] = await Promise.all([keyed(), keyed()])
  expect(second?.secret.reveal()).toBe(first?.secret.reveal())
  const superseded = { code: 'ERR_PAT_SECRET_SUPERSEDED' }
  await expect(rotate(secret.digest)).rejects.toMatchObject(superseded)
  await expect(rotate(secret.digest, { idempotencyKey: `${KEY}-2` })).rejects.toMatchObject(superseded)
  expect((await keyed()).replayed).toBe(true)
  pass(60_000)
  await expect(keyed()).rejects.toMatchObject({ code: 'ERR_PAT_SECRET_ENDED' })
  await expect(rotate('0'.repeat(64))).rejects.toMatchObject({ code: 'ERR_PAT_SECRET_ENDED' })
  expect((await tokens.get(OWNER, token.id)).version).toBe(2)
})

test.each([
  [{ store: {} }, 'store'],
  [{ format: { accepts: () => true } }, 'format'],
  [{ policy: { maximumLifetimeSeconds: 0 } }, 'policy.maximumLifetimeSeconds'],
  [{ policy: { minimumLifetimeSeconds: 9, maximumLifetimeSeconds: 8 } }, 'policy.minimumLifetimeSeconds'],
  [{ policy: { lifetime: 1 } }, 'policy.lifetime'],
  [{ policy: { lifetimeRequired: 1 } }, 'policy.lifetimeRequired'],
  [{ scopes: ['a'] }, 'scopes'],
  [{ channel: {} }, 'channel'],
  [{ wildcards: 'yes' }, 'wildcards'],
  [{ widestScopesOnly: 1 }, 'widestScopesOnly'],
  [{ useFlushSeconds: 0 }, 'useFlushSeconds'],
  [{ clock: START }, 'clock'],
  [{ peppers: [] }, 'peppers'],
])('the option %j is refused by name', (option, name) => {
  const options = { store: memoryStore(), format: tokenFormat({ prefix: 'acme' }), ...option }
  expect(() => createTokenService(options as never)).toThrow(new RegExp(`"${name.replace('.', '\\.')}"`))
})

test('an id that no token can have is not found, an impossible owner is refused', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, GOOD)
  for (const id of ['', ' ', `${token.id} `, 'x'.repeat(200), 'a\u0000']) {
    await expect(tokens.get(OWNER, id)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_NOT_FOUND' })
    await expect(tokens.delete(ADMIN, OWNER, id)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_NOT_FOUND' })
  }
  const padded = { ...OWNER, principalId: 'ada ' }
  for (const verb of [tokens.get(padded, token.id), tokens.list(padded), tokens.create(ADMIN, padded, GOOD)]) {
    await expect(verb).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field: 'principalId' })
  }
})

test('principals are listed by kind, and there are two kinds', async () => {
  const { tokens } = await createHarness()
  const ids = async (input: object) => (await tokens.listPrincipals(OWNER, input)).items.map((item) => item.principalId)
  expect(await ids({})).toEqual([OWNER.principalId, ROBOT.principalId])
  expect(await ids({ kind: 'service' })).toEqual([ROBOT.principalId])
  await expect(ids({ kind: 'robot' })).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field: 'kind' })
})

const BLANK = ['\u2800', '\u115f', '\u3164', '\uffa0', '\u180b', '\u3164\u2800']

test('an invisible name is refused when a token is renamed, and so is an invisible id', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, GOOD)
  const principal = { organizationId: 'acme', kind: 'user', disabledAt: null, ceiling: null } as const
  for (const blank of [...BLANK, ' ', '\u3000']) {
    await expect(tokens.update(ADMIN, OWNER, token.id, { name: blank })).rejects.toMatchObject({ field: 'name' })
    const put = tokens.putPrincipal(ADMIN, { ...principal, principalId: blank })
    await expect(put).rejects.toMatchObject({ field: 'principalId' })
    await expect(tokens.list({ organizationId: blank })).rejects.toMatchObject({ field: 'organizationId' })
  }
  const named = await tokens.update(ADMIN, OWNER, token.id, { name: '\u3164 한 \u2800' })
  expect(named.name).toContain('한')
})

test('every verb refuses an owner and an actor with a misspelt, unknown or missing field', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, GOOD)
  const change = <P>(principal: P): P => principal
  const verbs = (actor: typeof ADMIN, owner: typeof OWNER): readonly Promise<unknown>[] => [
    tokens.create(actor, owner, GOOD),
    tokens.import(actor, owner, {} as never),
    tokens.checkImport(actor, owner, {} as never),
    tokens.get(owner, token.id),
    tokens.list(owner),
    tokens.update(actor, owner, token.id, { name: 'b' }),
    tokens.addScopes(actor, owner, token.id, ['b']),
    tokens.removeScopes(actor, owner, token.id, ['a']),
    tokens.clearScopes(actor, owner, token.id),
    tokens.rotate(actor, owner, token.id),
    tokens.revoke(actor, owner, token.id),
    tokens.regenerate(actor, owner, token.id),
    tokens.delete(actor, owner, token.id),
    tokens.deleteAll(actor, owner),
    tokens.changePrincipal(actor, owner, change),
    tokens.getPrincipal(owner),
    tokens.history(owner, token.id),
  ]
  const misspelt = { organizationId: 'acme', principalID: 'ada' } as never
  for (const verb of verbs(ADMIN, misspelt)) await expect(verb).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID' })
  for (const verb of verbs(ADMIN, { ...OWNER, tenant: 'x' } as never)) {
    await expect(verb).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field: 'tenant' })
  }
  const withActor = (actor: typeof ADMIN) => verbs(actor, OWNER).filter((_, n) => ![3, 4, 15, 16].includes(n))
  for (const verb of withActor({ id: 'x', scopes: null, scope: ['a'] } as never)) {
    await expect(verb).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field: 'scope' })
  }
  for (const verb of withActor({ id: 'x' } as never)) await expect(verb).rejects.toMatchObject({ field: 'actor' })
  await expect(tokens.listPrincipals({ ...OWNER, kind: 'user' } as never)).rejects.toMatchObject({ field: 'kind' })
  expect(await tokens.get(token, token.id)).toMatchObject({ version: 1 })
})

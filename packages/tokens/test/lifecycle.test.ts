import { tokenFormat } from '@patkit/core'
import type { MintingFormat } from '@patkit/core/adapter'
import { memoryStore, type Principal, type TokenService } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { ADMIN, createHarness, DAY, OWNER, principal, ROBOT, SECOND, START } from './harness.ts'

const READ = { name: 'reader', scopes: ['drive:read'] }

test('a token that was created works, and its secret is shown once', async () => {
  const { tokens, use } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, { ...READ, description: 'for the train' })
  expect(await use(secret.reveal())).toBe('allowed')
  expect(token).toMatchObject({
    ...OWNER,
    ...READ,
    version: 1,
    status: 'active',
    createdBy: 'admin',
    hint: secret.hint,
  })
  const seen = JSON.stringify([token, await tokens.get(OWNER, token.id), await tokens.history(OWNER, token.id), secret])
  expect(seen).not.toContain(secret.reveal())
  expect(seen).not.toContain(secret.digest)
})

test('rotation gives a new secret and keeps everything else; the old one is on record when it comes back', async () => {
  const { tokens, use } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  expect(await use(secret.reveal())).toBe('allowed')
  const rotated = await tokens.rotate(ADMIN, OWNER, token.id)
  expect(rotated.token).toEqual({ ...token, version: 2, hint: rotated.secret.hint })
  expect(await use(secret.reveal())).toBe('superseded')
  expect(await use(rotated.secret.reveal())).toBe('allowed')
  await tokens.flush()
  expect(await verbs(tokens, token.id)).toEqual(['create', 'rotate', 'secret_reused'])
})

test('a secret that comes back again and again is one event a minute', async () => {
  const { tokens, use, pass } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  await tokens.rotate(ADMIN, OWNER, token.id)
  for (let n = 0; n < 6; n++) {
    expect(await use(secret.reveal())).toBe('superseded')
    pass(10 * SECOND)
  }
  await tokens.flush()
  expect((await verbs(tokens, token.id)).filter((verb) => verb === 'secret_reused')).toHaveLength(1)
  await use(secret.reveal())
  await tokens.flush()
  expect((await verbs(tokens, token.id)).filter((verb) => verb === 'secret_reused')).toHaveLength(2)
})

test('in an overlap both secrets work until the new one is used', async () => {
  const { tokens, use } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  const rotated = await tokens.rotate(ADMIN, OWNER, token.id, { overlapSeconds: 3600 })
  expect(await use(secret.reveal())).toBe('allowed')
  expect(await use(rotated.secret.reveal())).toBe('allowed')
  await tokens.flush()
  expect(await use(secret.reveal())).toBe('superseded')
  expect(await use(rotated.secret.reveal())).toBe('allowed')
  await tokens.flush()
  expect(await verbs(tokens, token.id)).toEqual(['create', 'rotate', 'secret_adopted', 'secret_reused'])
})

test('an overlap without an adoption ends with its time', async () => {
  const { tokens, use, pass } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  await tokens.rotate(ADMIN, OWNER, token.id, { overlapSeconds: 60 })
  pass(60 * SECOND - 1)
  expect(await use(secret.reveal())).toBe('allowed')
  pass(1)
  expect(await use(secret.reveal())).toBe('superseded')
})

test('each secret of a rotation has its own last use, from one flush', async () => {
  const { tokens, use, pass } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  pass(SECOND)
  const rotated = await tokens.rotate(ADMIN, OWNER, token.id, { overlapSeconds: 60 })
  pass(SECOND)
  expect(await use(secret.reveal())).toBe('allowed')
  pass(SECOND)
  expect(await use(rotated.secret.reveal())).toBe('allowed')
  await tokens.flush()
  const at = (seconds: number) => new Date(START + seconds * SECOND)
  const from = { lastUsedIp: '192.0.2.1' }
  expect(await tokens.listSecrets(OWNER, token.id)).toEqual([
    { createdAt: at(1), endsAt: null, lastUsedAt: at(3), ...from },
    { createdAt: at(0), endsAt: at(3), lastUsedAt: at(2), ...from },
  ])
  await expect(tokens.listSecrets(OWNER, 'missing')).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_NOT_FOUND' })
})

test('revocation holds at once, once, and on a remembered token', async () => {
  const { tokens, use } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  expect(await use(secret.reveal())).toBe('allowed')
  const revoked = await tokens.revoke(ADMIN, OWNER, token.id)
  expect(revoked).toMatchObject({ status: 'revoked', version: 2, revokedAt: new Date(START) })
  expect(await use(secret.reveal())).toBe('revoked')
  expect(await tokens.revoke(ADMIN, OWNER, token.id)).toEqual(revoked)
  expect(await verbs(tokens, token.id)).toEqual(['create', 'revoke'])
})

test('the reason of a revocation is kept in its event, the first one alone', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, READ)
  await tokens.revoke(ADMIN, OWNER, token.id, { reason: 'A\u0308rger: the laptop was lost' })
  await tokens.revoke(ADMIN, OWNER, token.id, { reason: 'again' })
  const reasons = (await tokens.history(OWNER, token.id)).map(({ action, reason }) => [action, reason])
  expect(reasons).toEqual([
    ['create', null],
    ['revoke', 'Ärger: the laptop was lost'],
  ])
})

test.each([
  [{ reason: '' }, 'reason'],
  [{ reason: ' \u200b ' }, 'reason'],
  [{ reason: 'x'.repeat(501) }, 'reason'],
  [{ reason: 'a\u202eb' }, 'reason'],
  [{ reason: 'a\u001bb' }, 'reason'],
  [{ reason: 7 }, 'reason'],
  [{ why: 'lost' }, 'why'],
])('a revocation with %j is refused, and revokes nothing', async (input, field) => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, READ)
  for (const refused of [
    tokens.revoke(ADMIN, OWNER, token.id, input as never),
    tokens.revokeAll(ADMIN, OWNER, input as never),
  ]) {
    await expect(refused).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID', field })
  }
  expect((await tokens.get(OWNER, token.id)).status).toBe('active')
})

test('regeneration brings a revoked token back with a new secret, and works at once', async () => {
  const { tokens, use, pass } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, { ...READ, expiry: { days: 1 } })
  await tokens.revoke(ADMIN, OWNER, token.id)
  expect(await use(secret.reveal())).toBe('revoked')
  pass(5 * DAY)
  const again = await tokens.regenerate(ADMIN, OWNER, token.id, { expiry: { days: 2 } })
  expect(again.token).toMatchObject({ id: token.id, status: 'active', createdAt: token.createdAt, scopes: READ.scopes })
  expect(again.token.expiresAt).toEqual(new Date(START + 7 * DAY))
  expect(await use(again.secret.reveal())).toBe('allowed')
  expect(await use(secret.reveal())).toBe('superseded')
})

test('rotation is for active tokens, regeneration for the others', async () => {
  const { tokens, pass } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, { ...READ, expiry: { days: 1 } })
  await expect(tokens.regenerate(ADMIN, OWNER, token.id)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_ACTIVE' })
  pass(DAY)
  await expect(tokens.rotate(ADMIN, OWNER, token.id)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_NOT_ACTIVE' })
  await expect(tokens.update(ADMIN, OWNER, token.id, { scopes: [] })).rejects.toMatchObject({
    code: 'ERR_PAT_TOKEN_NOT_ACTIVE',
  })
  expect(await tokens.update(ADMIN, OWNER, token.id, { name: 'old one' })).toMatchObject({ status: 'expired' })
})

test('changes of scopes and addresses count at the next request', async () => {
  const { tokens, use, may } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  expect(await may(secret.reveal(), 'drive:write')).toBe(false)
  await tokens.addScopes(ADMIN, OWNER, token.id, ['drive:write', 'drive:read'])
  expect(await may(secret.reveal(), 'drive:write')).toBe(true)
  await tokens.removeScopes(ADMIN, OWNER, token.id, ['drive:read'])
  expect(await may(secret.reveal(), 'drive:read')).toBe(false)
  expect((await tokens.clearScopes(ADMIN, OWNER, token.id)).scopes).toEqual([])
  await tokens.update(ADMIN, OWNER, token.id, { ipAllowlist: ['10.1.2.3/8'] })
  expect(await use(secret.reveal())).toBe('ip_denied')
  expect((await tokens.get(OWNER, token.id)).ipAllowlist).toEqual(['10.0.0.0/8'])
})

test('what changes nothing is no change', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, READ)
  await tokens.update(ADMIN, OWNER, token.id, { name: 'reader', scopes: ['drive:read'] })
  await tokens.addScopes(ADMIN, OWNER, token.id, ['drive:read'])
  expect((await tokens.get(OWNER, token.id)).version).toBe(1)
  expect(await verbs(tokens, token.id)).toEqual(['create'])
})

test('a disabled principal stops its tokens without revoking them', async () => {
  const { tokens, use } = await createHarness()
  const { secret } = await tokens.create(ADMIN, OWNER, READ)
  expect(await use(secret.reveal())).toBe('allowed')
  await tokens.putPrincipal(ADMIN, principal(OWNER, { disabledAt: new Date(START) }))
  expect(await use(secret.reveal())).toBe('principal_disabled')
  await expect(tokens.create(ADMIN, OWNER, READ)).rejects.toMatchObject({ code: 'ERR_PAT_PRINCIPAL_DISABLED' })
  await tokens.putPrincipal(ADMIN, principal(OWNER))
  expect(await use(secret.reveal())).toBe('allowed')
})

test('an acting user is of the same organization, and stops the token when disabled', async () => {
  const { tokens, use } = await createHarness()
  await tokens.putPrincipal(ADMIN, principal({ organizationId: 'other', principalId: 'eve' }))
  for (const userId of ['eve', 'nobody', 'robot']) {
    const refused = tokens.create(ADMIN, ROBOT, { ...READ, userId })
    await expect(refused).rejects.toMatchObject({ code: 'ERR_PAT_USER_NOT_FOUND', field: 'userId' })
  }
  const { secret } = await tokens.create(ADMIN, ROBOT, { ...READ, userId: 'ada' })
  expect(await use(secret.reveal())).toBe('allowed')
  await tokens.putPrincipal(ADMIN, principal(OWNER, { disabledAt: new Date(START) }))
  expect(await use(secret.reveal())).toBe('user_disabled')
})

test('the ceiling of the owner is live', async () => {
  const { tokens, may } = await createHarness()
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:read', 'drive:write'] }))
  const { secret } = await tokens.create(ADMIN, OWNER, { name: 'a', scopes: ['drive:write'] })
  expect(await may(secret.reveal(), 'drive:write')).toBe(true)
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:read'] }))
  expect(await may(secret.reveal(), 'drive:write')).toBe(false)
})

test('an actor cannot grant scopes that it does not hold, by creating, editing or taking a new secret', async () => {
  const { tokens } = await createHarness({ wildcards: true, implies: { 'drive:write': ['drive:read'] } })
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:write', 'sites:*'] }))
  const actor = { id: 'junior', scopes: ['drive:read', 'sites:*', 'mail:send'] }
  const refused = { code: 'ERR_PAT_SCOPE_NOT_HELD', field: 'scopes' }
  for (const scope of ['drive:write', 'mail:send', '*', 'drive:*']) {
    await expect(tokens.create(actor, OWNER, { name: 'a', scopes: [scope] })).rejects.toMatchObject(refused)
  }
  const { token } = await tokens.create(actor, OWNER, { name: 'a', scopes: ['drive:read', 'sites:read'] })
  await expect(tokens.addScopes(actor, OWNER, token.id, ['drive:write'])).rejects.toMatchObject(refused)
  await tokens.addScopes(ADMIN, OWNER, token.id, ['drive:write'])
  await expect(tokens.rotate(actor, OWNER, token.id)).rejects.toMatchObject(refused)
  await tokens.revoke(actor, OWNER, token.id)
  await expect(tokens.regenerate(actor, OWNER, token.id)).rejects.toMatchObject(refused)
})

test('a grant of everything is as much as its owner may do, at each use', async () => {
  const { tokens, may } = await createHarness({ wildcards: true })
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:read'] }))
  const { secret } = await tokens.create({ id: 'ada', scopes: ['*'] }, OWNER, { name: 'a', scopes: ['*'] })
  const rights = async () => [await may(secret.reveal(), 'drive:read'), await may(secret.reveal(), 'mail')]
  expect(await rights()).toEqual([true, false])
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['mail'] }))
  expect(await rights()).toEqual([false, true])
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: [] }))
  expect(await rights()).toEqual([false, false])
})

test('a grant of everything takes wildcards, and an actor who holds everything', async () => {
  const refused = { code: 'ERR_PAT_SCOPE_NOT_HELD', field: 'scopes' }
  for (const [wildcards, scopes] of [
    [false, ['*']],
    [true, ['drive:*']],
  ] as const) {
    const { tokens } = await createHarness({ wildcards })
    await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:read'] }))
    await expect(tokens.create({ id: 'a', scopes }, OWNER, { name: 'a', scopes: ['*'] })).rejects.toMatchObject(refused)
  }
})

test('to another owner a token does not exist, with any verb', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, READ)
  for (const owner of [ROBOT, { organizationId: 'other', principalId: 'ada' }]) {
    const verbs = [
      tokens.get(owner, token.id),
      tokens.update(ADMIN, owner, token.id, { name: 'x' }),
      tokens.addScopes(ADMIN, owner, token.id, ['a']),
      tokens.removeScopes(ADMIN, owner, token.id, ['a']),
      tokens.clearScopes(ADMIN, owner, token.id),
      tokens.rotate(ADMIN, owner, token.id),
      tokens.revoke(ADMIN, owner, token.id),
      tokens.regenerate(ADMIN, owner, token.id),
      tokens.delete(ADMIN, owner, token.id),
    ]
    for (const verb of verbs) await expect(verb).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_NOT_FOUND' })
    expect(await tokens.history(owner, token.id)).toEqual([])
    expect(await tokens.deleteAll(ADMIN, owner)).toBe(0)
  }
  expect(await tokens.get(OWNER, token.id)).toEqual(token)
})

test('a deleted token is gone at once, its history is not', async () => {
  const { tokens, use } = await createHarness()
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  const other = await tokens.create(ADMIN, OWNER, READ)
  expect(await use(secret.reveal())).toBe('allowed')
  await tokens.delete(ADMIN, OWNER, token.id)
  expect(await use(secret.reveal())).toBe('unknown_token')
  expect(await verbs(tokens, token.id)).toEqual(['create', 'delete'])
  expect(await use(other.secret.reveal())).toBe('allowed')
  expect(await tokens.deleteAll(ADMIN, OWNER)).toBe(1)
  expect(await use(other.secret.reveal())).toBe('unknown_token')
})

test('all tokens of an owner are revoked in one call, at once, also those that have expired', async () => {
  const { tokens, use, pass } = await createHarness()
  const issue = async (days: number) =>
    (await tokens.create(ADMIN, OWNER, { name: 'a', expiry: { days } })).secret.reveal()
  const secrets = [await issue(1), await issue(30)]
  const robots = (await tokens.create(ADMIN, ROBOT, { name: 'r' })).secret.reveal()
  pass(2 * DAY)
  expect(await use(secrets[1] as string)).toBe('allowed')
  expect(await tokens.revokeAll(ADMIN, OWNER, { reason: 'left' })).toBe(2)
  expect(await tokens.revokeAll(ADMIN, OWNER)).toBe(0)
  for (const secret of secrets) expect(await use(secret)).toBe('revoked')
  expect(await use(robots)).toBe('allowed')
  const [token] = (await tokens.list(OWNER)).items
  expect((await tokens.history(OWNER, token?.id as string)).at(-1)).toMatchObject({
    action: 'revoke',
    actorId: 'admin',
    fields: ['revokedAt'],
    reason: 'left',
  })
})

test('a put keeps absent members: a disabled principal stays disabled', async () => {
  const { tokens } = await createHarness()
  const disabledAt = new Date(START)
  await tokens.putPrincipal(ADMIN, principal(OWNER, { disabledAt, ceiling: ['drive:read'] }))
  await tokens.putPrincipal(ADMIN, { ...OWNER, kind: 'user' })
  expect(await tokens.getPrincipal(OWNER)).toEqual(principal(OWNER, { disabledAt, ceiling: ['drive:read'] }))
  await tokens.putPrincipal(ADMIN, { ...OWNER, kind: 'user', ceiling: null })
  expect(await tokens.getPrincipal(OWNER)).toEqual(principal(OWNER, { disabledAt }))
  await tokens.putPrincipal(ADMIN, { ...OWNER, kind: 'user', disabledAt: null })
  expect(await tokens.getPrincipal(OWNER)).toEqual(principal(OWNER))
  const grace = { ...OWNER, principalId: 'grace' }
  await Promise.all(Array.from({ length: 4 }, () => tokens.putPrincipal(ADMIN, { ...grace, kind: 'user' })))
  expect(await tokens.getPrincipal(grace)).toEqual(principal(grace))
  await expect(tokens.putPrincipal(ADMIN, { ...grace, kind: 'user', disabledAt: 'no' as never })).rejects.toThrow(
    'disabledAt must be a valid Date, or null',
  )
})

test('a limit counts live tokens, and those that come back', async () => {
  const { tokens } = await createHarness({ policy: { maximumTokensPerPrincipal: 1 } })
  const { token } = await tokens.create(ADMIN, OWNER, READ)
  await expect(tokens.create(ADMIN, OWNER, READ)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_LIMIT' })
  await tokens.revoke(ADMIN, OWNER, token.id)
  await tokens.create(ADMIN, OWNER, READ)
  await expect(tokens.regenerate(ADMIN, OWNER, token.id)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_LIMIT' })
})

test('uses are gathered, written on close, and counted', async () => {
  const harness = await createHarness()
  const { tokens, use, pass } = harness
  const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
  for (let n = 0; n < 3; n++) {
    await use(secret.reveal())
    pass(SECOND)
  }
  expect((await tokens.get(OWNER, token.id)).useCount).toBe(0)
  await tokens[Symbol.asyncDispose]()
  const used = { useCount: 3, lastUsedIp: '192.0.2.1', lastUsedAt: new Date(START + 2 * SECOND), version: 1 }
  expect(await tokens.get(OWNER, token.id)).toMatchObject(used)
})

test('a record that a format has read itself is not a use of a token, with any id', async () => {
  const { tokens } = await createHarness()
  const { token } = await tokens.create(ADMIN, OWNER, READ)
  const foreign = {
    ...READ,
    id: token.id,
    digest: 'd',
    expiresAt: null,
    revokedAt: null,
    ipAllowlist: null,
    userId: null,
  }
  tokens.verifierOptions.onUse?.(foreign as never, START, null)
  await tokens.flush()
  expect((await tokens.get(OWNER, token.id)).useCount).toBe(0)
})

async function verbs(tokens: Awaited<ReturnType<typeof createHarness>>['tokens'], id: string): Promise<string[]> {
  return (await tokens.history(OWNER, id)).map(({ action }) => action)
}

test('ids may be promised, and one that is taken is drawn again', async () => {
  const store = memoryStore()
  const { tokens } = await createHarness({ store, ids: async () => String(await store.nextNumber('tokens')) })
  const { tokens: others } = await createHarness({ store, ids: () => '2' })
  const idOf = async (service: TokenService) => (await service.create(ADMIN, OWNER, READ)).token.id
  expect(await idOf(tokens)).toBe('1')
  expect(await idOf(others)).toBe('2')
  expect(await idOf(tokens)).toBe('3')
  await expect(idOf(others)).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_CONFLICT' })
  expect((await tokens.list(OWNER)).total).toBe(3)
})

test('a format that encodes the end of its tokens gets the end of the new life', async () => {
  const ends: (Date | null)[] = []
  const plain = tokenFormat({ prefix: 'acme_pat' })
  const format: MintingFormat = {
    ...plain,
    mint: ({ expiresAt }) => {
      ends.push(expiresAt)
      return plain.mint()
    },
  }
  const { tokens, pass } = await createHarness({ format })
  const { token } = await tokens.create(ADMIN, OWNER, { ...READ, expiry: { days: 1 } })
  pass(DAY)
  await tokens.regenerate(ADMIN, OWNER, token.id, { expiry: { days: 2 } })
  await tokens.rotate(ADMIN, OWNER, token.id)
  expect(ends).toEqual([1, 3, 3].map((days) => new Date(START + days * DAY)))
})

test('who says how long and from where a token is good, or is given its secret again, holds its scopes', async () => {
  const { tokens } = await createHarness()
  const weak = { id: 'weak', scopes: ['drive:read'] }
  const idempotencyKey = 'b2f8a1d4-5d0c-4b7e-9a51-3c2f1e0d9b8a'
  const input = { name: 'a', scopes: ['drive:write'], expiry: { days: 1 }, ipAllowlist: ['10.0.0.0/8'] }
  const strong = { id: 'weak', scopes: ['drive:write'] }
  const { token } = await tokens.create(strong, OWNER, { ...input, idempotencyKey })
  const refused = { code: 'ERR_PAT_SCOPE_NOT_HELD' }
  await expect(tokens.update(weak, OWNER, token.id, { expiry: null })).rejects.toMatchObject(refused)
  await expect(tokens.update(weak, OWNER, token.id, { ipAllowlist: null })).rejects.toMatchObject(refused)
  await expect(tokens.create(weak, OWNER, { ...input, idempotencyKey })).rejects.toMatchObject(refused)
  expect((await tokens.update(weak, OWNER, token.id, { name: 'b' })).name).toBe('b')
  expect((await tokens.create(strong, OWNER, { ...input, idempotencyKey })).replayed).toBe(true)
})

test('a principal is changed as it is at that moment, and stays who it is', async () => {
  const { tokens, use } = await createHarness()
  const { secret } = await tokens.create(ADMIN, OWNER, READ)
  await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:read', 'drive:write'] }))
  const without = (gone: string) =>
    tokens.changePrincipal(ADMIN, OWNER, (found) => ({
      ...found,
      ceiling: (found.ceiling ?? []).filter((scope) => scope !== gone),
    }))
  const disable = () => tokens.changePrincipal(ADMIN, OWNER, (found) => ({ ...found, disabledAt: new Date(START) }))
  await Promise.all([disable(), without('drive:read'), without('drive:write')])
  const changed = principal(OWNER, { ceiling: [], disabledAt: new Date(START) })
  expect(await tokens.getPrincipal(OWNER)).toEqual(changed)
  expect(await use(secret.reveal())).toBe('principal_disabled')
  const moves: readonly Partial<Principal>[] = [
    { principalId: 'eve' },
    { organizationId: 'other' },
    { kind: 'service' },
    { ceiling: ['no scope'] },
  ]
  for (const move of moves) {
    const refused = tokens.changePrincipal(ADMIN, OWNER, (found) => ({ ...found, ...move }))
    await expect(refused).rejects.toMatchObject({ code: 'ERR_PAT_INPUT_INVALID' })
  }
  expect(await tokens.getPrincipal(OWNER)).toEqual(changed)
  const nobody = { ...OWNER, principalId: 'nobody' }
  const missing = tokens.changePrincipal(ADMIN, nobody, (found) => found)
  await expect(missing).rejects.toMatchObject({ code: 'ERR_PAT_PRINCIPAL_NOT_FOUND' })
})

test('an id that is given again after a deletion works on a node that knows the earlier token', async () => {
  const { tokens, use, faults } = await createHarness({ ids: () => 'same' })
  const versions: number[] = []
  for (let life = 0; life < 3; life++) {
    const { token, secret } = await tokens.create(ADMIN, OWNER, READ)
    versions.push(token.version)
    expect((await tokens.get(OWNER, 'same')).version).toBe(token.version)
    expect(await use(secret.reveal())).toBe('allowed')
    await tokens.rotate(ADMIN, OWNER, 'same')
    const { secret: last } = await tokens.rotate(ADMIN, OWNER, 'same')
    expect(await use(last.reveal())).toBe('allowed')
    await tokens.delete(ADMIN, OWNER, 'same')
    expect(await use(last.reveal())).toBe('unknown_token')
  }
  const digest = 'a'.repeat(64)
  const imported = { id: 'same', digest, hint: 'x…y', name: 'import', scopes: [], expiresAt: null }
  versions.push((await tokens.import(ADMIN, OWNER, imported)).token.version)
  expect(versions[0]).toBe(1)
  expect(versions.toSorted((a, b) => a - b)).toEqual(versions)
  expect(new Set(versions).size).toBe(4)
  expect(faults).toEqual([])
})

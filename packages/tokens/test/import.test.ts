import { createHash } from 'node:crypto'
import { defineScopes, importedFormat, tokenFormat } from '@patkit/core'
import { type ImportInput, memoryStore, TokenError, type TokenServiceOptions } from '@patkit/tokens'
import { describe, expect, test } from 'vitest'
import { ADMIN, createHarness, DAY, type Harness, OWNER, principal, ROBOT, SECOND, START } from './harness.ts'

const FOREIGN = 'old_abcdefghijklmnopqrstuvwxyz'
const ELSEWHERE = { organizationId: 'globex', principalId: 'ada' }

const foreign = importedFormat({ name: 'old', maxLength: 64, accepts: (text) => text.startsWith('old_') })
const own = tokenFormat({ prefix: 'acme_pat' })

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function input(change: Partial<ImportInput> = {}): ImportInput {
  const plain = { digest: sha256(FOREIGN), hint: 'old_…wxyz', name: 'backup', scopes: ['drive:read'], expiresAt: null }
  return { ...plain, ...change }
}

function open(options: Partial<TokenServiceOptions> = {}): Promise<Harness> {
  return createHarness({ format: [own, foreign], ...options })
}

/** The code and the field of a refusal. */
async function refusal(work: Promise<unknown>): Promise<readonly [string, string | null]> {
  const error = await work.then(
    () => null,
    (cause) => cause,
  )
  if (!(error instanceof TokenError)) throw error ?? new Error('nothing was refused')
  expect(error.message).not.toMatch(/[0-9a-f]{64}/)
  return [error.code, error.field]
}

describe('a token of another system', () => {
  test('works with its scopes, and has a first event', async () => {
    const { tokens, use, may } = await open()
    const { token, imported } = await tokens.import(ADMIN, OWNER, input())
    expect(imported).toBe(true)
    expect(token).toMatchObject({ name: 'backup', hint: 'old_…wxyz', status: 'active', createdBy: 'admin', version: 1 })
    expect(await use(FOREIGN)).toBe('allowed')
    expect(await use(`${FOREIGN}!`.replace('!', '0'))).toBe('unknown_token')
    expect([await may(FOREIGN, 'drive:read'), await may(FOREIGN, 'drive:write')]).toEqual([true, false])
    const history = await tokens.history(OWNER, token.id)
    expect(history.map(({ action, actorId, fields }) => [action, actorId, fields])).toEqual([['import', 'admin', []]])
  })

  test('keeps what it was, to the last member', async () => {
    const { tokens } = await open()
    const createdAt = new Date(START - 30 * DAY)
    const kept = {
      ...{ id: 'key_1', description: 'nightly', ipAllowlist: ['10.0.0.0/8'], userId: 'ada', createdAt },
      ...{ expiresAt: new Date(START + DAY), lastUsedAt: new Date(START - SECOND) },
    }
    await tokens.import(ADMIN, OWNER, input(kept))
    expect(await tokens.get(OWNER, 'key_1')).toMatchObject({ ...kept, issuedAt: createdAt, revokedAt: null })
  })

  test('can be rotated, revoked and regenerated like any other', async () => {
    const { tokens, use } = await open()
    const { token } = await tokens.import(ADMIN, OWNER, input())
    const { secret } = await tokens.rotate(ADMIN, OWNER, token.id)
    expect([await use(FOREIGN), await use(secret.reveal())]).toEqual(['superseded', 'allowed'])
    await tokens.revoke(ADMIN, OWNER, token.id)
    expect(await use(secret.reveal())).toBe('revoked')
    const again = await tokens.regenerate(ADMIN, OWNER, token.id)
    expect([await use(again.secret.reveal()), await use(FOREIGN)]).toEqual(['allowed', 'superseded'])
  })

  test.each([
    ['revoked', { revokedAt: new Date(START - DAY) }],
    ['expired', { expiresAt: new Date(START) }],
    ['expired', { expiresAt: new Date(START - DAY) }],
  ] as const)('comes as what it is: %s', async (status, change) => {
    const { tokens, use } = await open()
    expect((await tokens.import(ADMIN, OWNER, input(change))).token.status).toBe(status)
    expect(await use(FOREIGN)).toBe(status)
  })

  test('may belong to an owner that is disabled, and works again with it', async () => {
    const { tokens, use } = await open()
    await tokens.putPrincipal(ADMIN, principal(OWNER, { disabledAt: new Date(START) }))
    await tokens.import(ADMIN, OWNER, input({ userId: 'ada' }))
    expect(await use(FOREIGN)).toBe('principal_disabled')
    await tokens.putPrincipal(ADMIN, principal(OWNER))
    expect(await use(FOREIGN)).toBe('allowed')
  })
})

describe('an import that is run again', () => {
  test('changes nothing, and says so', async () => {
    const { tokens } = await open()
    const first = await tokens.import(ADMIN, OWNER, input())
    const second = await tokens.import(ADMIN, OWNER, input({ name: 'other', id: 'another', scopes: [] }))
    expect(second).toEqual({ token: first.token, imported: false })
    expect((await tokens.list(OWNER)).total).toBe(1)
    expect(await tokens.history(OWNER, first.token.id)).toHaveLength(1)
  })

  test('finds a digest whose secret was rotated away', async () => {
    const { tokens, use } = await open()
    const { token } = await tokens.import(ADMIN, OWNER, input())
    await tokens.rotate(ADMIN, OWNER, token.id)
    expect(await tokens.import(ADMIN, OWNER, input())).toMatchObject({ imported: false, token: { id: token.id } })
    expect(await use(FOREIGN)).toBe('superseded')
  })

  test('writes one token however many run at once', async () => {
    const { tokens } = await open()
    const runs = await Promise.all(Array.from({ length: 8 }, () => tokens.import(ADMIN, OWNER, input())))
    expect(runs.filter(({ imported }) => imported)).toHaveLength(1)
    expect(new Set(runs.map(({ token }) => token.id)).size).toBe(1)
  })

  test.each([ROBOT, ELSEWHERE])('is a conflict for another owner: %o', async (other) => {
    const { tokens } = await open()
    await tokens.putPrincipal(ADMIN, principal(ELSEWHERE))
    await tokens.import(ADMIN, OWNER, input())
    expect(await refusal(tokens.import(ADMIN, other, input()))).toEqual(['ERR_PAT_TOKEN_CONFLICT', 'digest'])
    expect((await tokens.list(other)).total).toBe(0)
  })

  test('is a conflict for another owner that was faster', async () => {
    const store = memoryStore()
    const { tokens } = await open({ store: { ...store, find: async () => null } })
    const asked = Promise.allSettled([tokens.import(ADMIN, OWNER, input()), tokens.import(ADMIN, ROBOT, input())])
    const refused = (await asked).filter(({ status }) => status === 'rejected')
    expect(refused.map((outcome) => outcome.status === 'rejected' && outcome.reason.field)).toEqual(['digest'])
  })

  test.each([OWNER, ROBOT])('is a conflict on the id that another token has: %o', async (other) => {
    const { tokens } = await open()
    await tokens.import(ADMIN, OWNER, input({ id: 'key_1' }))
    const twin = input({ id: 'key_1', digest: sha256('old_other') })
    expect(await refusal(tokens.import(ADMIN, other, twin))).toEqual(['ERR_PAT_TOKEN_CONFLICT', 'id'])
  })
})

describe('the policy', () => {
  test('gives no end, moves none, and counts nothing', async () => {
    const policy = { defaultLifetimeSeconds: 60, minimumLifetimeSeconds: 60, maximumTokensPerPrincipal: 1 }
    const { tokens } = await open({ policy })
    await tokens.create(ADMIN, OWNER, { name: 'first' })
    const soon = new Date(START + SECOND)
    expect((await tokens.import(ADMIN, OWNER, input({ expiresAt: soon }))).token.expiresAt).toEqual(soon)
    const endless = await tokens.import(ADMIN, OWNER, input({ digest: sha256('old_2') }))
    expect(endless.token.expiresAt).toBeNull()
    expect(await refusal(tokens.create(ADMIN, OWNER, { name: 'second' }))).toEqual(['ERR_PAT_TOKEN_LIMIT', null])
  })

  test.each([{ maximumLifetimeSeconds: 86_400 }, { lifetimeRequired: true }, { idleSeconds: 86_400 }])(
    'holds at use, counted from when the token was made: %o',
    async (policy) => {
      const { tokens, use } = await open({ policy })
      const { token } = await tokens.import(ADMIN, OWNER, input({ createdAt: new Date(START - 2 * DAY) }))
      expect([token.status, await use(FOREIGN)]).toEqual(['expired', 'expired'])
    },
  )
})

test('a check says what an import would, and writes nothing', async () => {
  const { tokens } = await open()
  const expected = { imported: true, ownerExists: true, token: { status: 'active' } }
  expect(await tokens.checkImport(ADMIN, OWNER, input())).toMatchObject(expected)
  const nobody = { ...OWNER, principalId: 'nobody' }
  expect(await tokens.checkImport(ADMIN, nobody, input())).toMatchObject({ imported: true, ownerExists: false })
  expect((await tokens.list(OWNER)).total).toBe(0)
  await tokens.import(ADMIN, OWNER, input())
  expect(await tokens.checkImport(ADMIN, OWNER, input())).toMatchObject({ imported: false })
  expect(await refusal(tokens.checkImport(ADMIN, ROBOT, input()))).toEqual(['ERR_PAT_TOKEN_CONFLICT', 'digest'])
})

describe('refusals', () => {
  const later = new Date(START + 1)

  test.each<readonly [string, Partial<Record<keyof ImportInput | 'secret', unknown>>]>([
    ['digest', { digest: sha256(FOREIGN).toUpperCase() }],
    ['digest', { digest: FOREIGN }],
    ['digest', { digest: `v1:${sha256(FOREIGN)}` }],
    ['digest', { digest: undefined }],
    ['hint', { hint: '' }],
    ['hint', { hint: 'x'.repeat(65) }],
    ['hint', { hint: FOREIGN }],
    ['hint', { hint: `12|${FOREIGN}` }],
    ['name', { name: '' }],
    ['description', { description: 'x'.repeat(501) }],
    ['scopes', { scopes: undefined }],
    ['scopes/0', { scopes: ['a b'] }],
    ['scopes/1', { scopes: ['drive:read', 'drive:*'] }],
    ['expiresAt', { expiresAt: undefined }],
    ['expiresAt', { expiresAt: new Date(Number.NaN) }],
    ['expiresAt', { expiresAt: new Date(-1) }],
    ['expiresAt', { expiresAt: '2026-01-01' }],
    ['expiresAt', { expiresAt: new Date(Date.UTC(10_000, 0, 1)) }],
    ['revokedAt', { revokedAt: later }],
    ['createdAt', { createdAt: later }],
    ['createdAt', { createdAt: null }],
    ['lastUsedAt', { lastUsedAt: later }],
    ['ipAllowlist', { ipAllowlist: [] }],
    ['ipAllowlist/0', { ipAllowlist: ['10.0.0.0/33'] }],
    ['userId', { userId: ' ada' }],
    ['id', { id: '' }],
    ['secret', { secret: FOREIGN }],
  ])('%s, case %#', async (field, change) => {
    const { tokens } = await open()
    const wrong = input(change as Partial<ImportInput>)
    expect(await refusal(tokens.import(ADMIN, OWNER, wrong))).toEqual(['ERR_PAT_INPUT_INVALID', field])
    expect((await tokens.list(OWNER)).total).toBe(0)
  })

  test('scopes that the API has not, the owner may not give, or the actor does not hold', async () => {
    const { tokens } = await open({ scopes: defineScopes({ 'drive:read': 'Read', 'drive:write': 'Write' }) })
    const scopes = ['drive:read', 'drive:purge']
    expect(await refusal(tokens.import(ADMIN, OWNER, input({ scopes })))).toEqual(['ERR_PAT_INPUT_INVALID', 'scopes/1'])
    const actor = { id: 'eve', scopes: ['drive:write'] }
    expect(await refusal(tokens.import(actor, OWNER, input()))).toEqual(['ERR_PAT_SCOPE_NOT_HELD', 'scopes'])
    await tokens.putPrincipal(ADMIN, principal(OWNER, { ceiling: ['drive:write'] }))
    expect(await refusal(tokens.import(ADMIN, OWNER, input()))).toEqual(['ERR_PAT_SCOPE_NOT_HELD', 'scopes'])
  })

  test('owners and acting users that are not there, or of another kind', async () => {
    const { tokens } = await open()
    const nobody = { ...OWNER, principalId: 'nobody' }
    const owner = await refusal(tokens.import(ADMIN, nobody, input()))
    expect(owner).toEqual(['ERR_PAT_PRINCIPAL_NOT_FOUND', null])
    for (const [whose, userId] of [
      [OWNER, 'robot'],
      [OWNER, 'nobody'],
      [nobody, 'robot'],
      [ROBOT, 'robot'],
    ] as const) {
      const user = await refusal(tokens.import(ADMIN, whose, input({ userId })))
      expect(user).toEqual(['ERR_PAT_USER_NOT_FOUND', 'userId'])
    }
  })
})

test('where wildcards are on they come along', async () => {
  const { tokens, may } = await open({ wildcards: true, scopes: defineScopes({ 'drive:read': 'Read' }) })
  await tokens.import(ADMIN, OWNER, input({ scopes: ['*'] }))
  expect(await may(FOREIGN, 'anything:at:all')).toBe(true)
})

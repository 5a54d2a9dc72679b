import { importedFormat, tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { type Actor, createTokenService, type ImportInput, type Owner, type TokenService } from '@patkit/tokens'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'

const START = Date.UTC(2026, 0, 1)
const ACTOR: Actor = { id: 'actor', scopes: null }
const ADA: Owner = { organizationId: 'acme', principalId: 'ada' }
const BOB: Owner = { organizationId: 'acme', principalId: 'bob' }

const foreign = importedFormat({ name: 'old', maxLength: 64, accepts: (text) => text.startsWith('old_') })

function input(token: string, change: Partial<ImportInput> = {}): ImportInput {
  const [digest = ''] = foreign.digests(token)
  return { digest, hint: 'old_…', name: token, scopes: ['drive:read'], expiresAt: null, ...change }
}

onEachEngine(({ open }) => {
  let database: TestDatabase
  let store: ReturnType<typeof sqlStore>
  let tokens: TokenService

  beforeAll(async () => {
    database = await open()
    store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    tokens = createTokenService({ store, format: [tokenFormat({ prefix: 'acme' }), foreign], clock: () => START })
    for (const owner of [ADA, BOB]) {
      await tokens.putPrincipal(ACTOR, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
    }
  })

  afterAll(async () => {
    await tokens.close()
    await store[Symbol.asyncDispose]()
    await database.drop()
  })

  test('an import is whole, and its event beside it', async () => {
    const createdAt = new Date(START - 5_000)
    const kept = { id: 'whole', createdAt, expiresAt: new Date(START - 1), lastUsedAt: new Date(START - 2) }
    const { token } = await tokens.import(ACTOR, ADA, input('old_1', { ...kept, revokedAt: new Date(START) }))
    expect(await tokens.get(ADA, 'whole')).toEqual(token)
    expect(token).toMatchObject({ ...kept, issuedAt: createdAt, status: 'revoked' })
    expect((await tokens.history(ADA, 'whole')).map(({ action }) => action)).toEqual(['import'])
    const [digest = ''] = foreign.digests('old_1')
    expect((await store.resolveMany([digest])).get(digest)).toMatchObject({ id: 'whole', revokedAt: new Date(START) })
  })

  test('of imports of a digest at once, for two owners, one is written', async () => {
    const runs = Array.from({ length: 16 }, (_, n) => tokens.import(ACTOR, n % 2 === 0 ? ADA : BOB, input('old_2')))
    const settled = await Promise.allSettled(runs)
    const done = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const refused = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(done.filter(({ imported }) => imported)).toHaveLength(1)
    expect(done).toHaveLength(8)
    expect(refused.map(({ code, field }) => [code, field])).toEqual(
      Array.from({ length: 8 }, () => ['ERR_PAT_TOKEN_CONFLICT', 'digest']),
    )
  })

  test('an id that another owner has is a conflict', async () => {
    await tokens.import(ACTOR, ADA, input('old_3', { id: 'taken' }))
    const twin = tokens.import(ACTOR, BOB, input('old_4', { id: 'taken' }))
    await expect(twin).rejects.toMatchObject({ code: 'ERR_PAT_TOKEN_CONFLICT', field: 'id' })
  })
})

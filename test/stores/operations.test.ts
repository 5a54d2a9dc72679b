import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import {
  type Actor,
  createTokenService,
  memoryStore,
  type Owner,
  type TokenService,
  type TokenStore,
} from '@patkit/tokens'
import { describe, expect, test } from 'vitest'
import { onEachEngine } from '../servers/engine.ts'

const ACTOR: Actor = { id: 'actor', scopes: null }
const OWNER: Owner = { organizationId: 'acme', principalId: 'ada' }
const LIMIT = 20
/** A short form: `pnpm trial operations` does many more. */
const OPERATIONS = Number(process.env.PATKIT_TEST_OPERATIONS ?? 2_000)
const AT_ONCE = 16
/** Refusals that follow from what others did at the same time. Anything else is a fault. */
const EXPECTED = /^ERR_PAT_TOKEN_(?:NOT_FOUND|NOT_ACTIVE|ACTIVE|LIMIT|CONFLICT)$/

interface Seen {
  /** Digest to the token whose secret it was. */
  readonly secrets: Map<string, string>
  /** Versions that verbs returned, by token. */
  readonly versions: Map<string, Set<number>>
  readonly ids: string[]
  readonly outcomes: Map<string, number>
}

describe('operations on one principal at once leave every promise kept', () => {
  test('memory', () => holdsUnderStorm(memoryStore()))

  onEachEngine(({ open }) => {
    test('a database', async () => {
      const database = await open()
      const store = sqlStore({ dialect: database.dialect() })
      await store.migrate()
      await holdsUnderStorm(store)
      await store[Symbol.asyncDispose]()
      await database.drop()
    })
  })
})

async function holdsUnderStorm(store: TokenStore): Promise<void> {
  const tokens = createTokenService({
    store,
    format: tokenFormat({ prefix: 'acme' }),
    policy: { maximumTokensPerPrincipal: LIMIT },
  })
  await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
  const seen = await storm(tokens)
  await everySecretIsAccountedFor(store, tokens, seen)
  expect((await tokens.list(OWNER, { status: 'active', limit: 100 })).total).toBeLessThanOrEqual(LIMIT)
  // The storm was one: everything was done and everything was refused.
  for (const outcome of ['create', 'rotate', 'revoke', 'regenerate', 'update', 'delete', 'ERR_PAT_TOKEN_LIMIT']) {
    expect(seen.outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(OPERATIONS / 1_000)
  }
}

async function storm(tokens: TokenService): Promise<Seen> {
  const seen: Seen = { secrets: new Map(), versions: new Map(), ids: [], outcomes: new Map() }
  let next = 0
  const worker = async () => {
    while (next < OPERATIONS) await operation(tokens, seen, next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return seen
}

async function operation(tokens: TokenService, seen: Seen, n: number): Promise<void> {
  // A fixed sequence that looks mixed; the engine chooses which operations overlap.
  const dice = Math.imul(n + 1, 0x9e3779b1) >>> 0
  const id = seen.ids.at(-1 - (dice % Math.min(30, Math.max(1, seen.ids.length)))) ?? 'none'
  const verb = VERBS[(dice >>> 8) % VERBS.length] as (typeof VERBS)[number]
  try {
    await VERB[verb](tokens, seen, id, n)
    count(seen, verb)
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (code === undefined || !EXPECTED.test(code)) throw error
    count(seen, code)
  }
}

const VERBS = [
  'create',
  'create',
  'rotate',
  'rotate',
  'revoke',
  'regenerate',
  'regenerate',
  'update',
  'delete',
] as const

const VERB: Readonly<
  Record<(typeof VERBS)[number], (tokens: TokenService, seen: Seen, id: string, n: number) => Promise<void>>
> = {
  async create(tokens, seen, _, n) {
    const issued = await tokens.create(ACTOR, OWNER, { name: `t${n}`, scopes: ['a'] })
    seen.ids.push(issued.token.id)
    note(seen, issued)
  },
  rotate: async (tokens, seen, id) => note(seen, await tokens.rotate(ACTOR, OWNER, id)),
  regenerate: async (tokens, seen, id) => note(seen, await tokens.regenerate(ACTOR, OWNER, id)),
  revoke: async (tokens, _, id) => void (await tokens.revoke(ACTOR, OWNER, id)),
  update: async (tokens, seen, id, n) => grew(seen, await tokens.update(ACTOR, OWNER, id, { scopes: [`s${n}`] })),
  delete: (tokens, _, id) => tokens.delete(ACTOR, OWNER, id),
}

function note(
  seen: Seen,
  issued: {
    readonly token: { readonly id: string; readonly version: number }
    readonly secret: { readonly digest: string }
  },
): void {
  seen.secrets.set(issued.secret.digest, issued.token.id)
  grew(seen, issued.token)
}

/** No two changes share a version: each one saw the one before. */
function grew(seen: Seen, { id, version }: { readonly id: string; readonly version: number }): void {
  const versions = seen.versions.get(id) ?? new Set()
  expect(versions.has(version)).toBe(false)
  seen.versions.set(id, versions.add(version))
}

function count(seen: Seen, outcome: string): void {
  seen.outcomes.set(outcome, (seen.outcomes.get(outcome) ?? 0) + 1)
}

/** Every secret that was issued is valid, or an event records its end. */
async function everySecretIsAccountedFor(store: TokenStore, tokens: TokenService, seen: Seen): Promise<void> {
  const live = new Map<string, number>()
  const digests = [...seen.secrets.keys()]
  const records = await store.resolveMany(digests)
  for (const [digest, id] of seen.secrets) {
    const record = records.get(digest)
    const history = (await tokens.history(OWNER, id)).map(({ action }) => action)
    if (record === undefined) expect(history).toContain('delete')
    else if (record.secretEndsAt !== null)
      expect(history.some((verb) => verb === 'rotate' || verb === 'regenerate')).toBe(true)
    else if (record.revokedAt !== null) expect(history).toContain('revoke')
    else live.set(id, (live.get(id) ?? 0) + 1)
  }
  const active = await tokens.list(OWNER, { status: 'active', limit: 100 })
  expect(new Map(active.items.map(({ id }) => [id, 1]))).toEqual(live)
  // One event for each version, from the first on.
  for (const { id, version } of active.items) expect(await tokens.history(OWNER, id)).toHaveLength(version)
}

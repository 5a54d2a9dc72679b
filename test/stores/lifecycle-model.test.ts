import { tokenFormat } from '@patkit/core'
import { type SqlStore, sqlStore } from '@patkit/sql'
import {
  type Actor,
  createTokenService,
  memoryStore,
  type Owner,
  TokenError,
  type TokenService,
  type TokenStatus,
  type TokenStore,
} from '@patkit/tokens'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onEachEngine } from '../servers/engine.ts'

const ACTOR: Actor = { id: 'actor', scopes: null }
const LIMIT = 3
const LIFE = 100
const SECOND = 1_000

/** What a token is, in as few words as possible. */
interface ModelToken {
  readonly id: string
  scopes: string[]
  revoked: boolean
  endsAt: number
  version: number
  /** Digests, each with its end. */
  secrets: Map<string, number>
}

interface Model {
  readonly tokens: (ModelToken | null)[]
  disabled: boolean
  now: number
}

interface Real {
  readonly tokens: TokenService
  readonly store: TokenStore
  readonly owner: Owner
}

type Command = fc.AsyncCommand<Model, Real>

const status = (token: ModelToken, now: number): TokenStatus =>
  token.revoked ? 'revoked' : now >= token.endsAt ? 'expired' : 'active'
const live = (model: Model) => model.tokens.filter((token) => token !== null && status(token, model.now) === 'active')

/** A command on one of the tokens there were, the deleted ones included. */
function onToken(
  name: string,
  pick: number,
  run: (model: Model, real: Real, token: ModelToken | null, id: string) => Promise<void>,
  ids: string[],
): Command {
  return {
    check: (model) => model.tokens.length > 0,
    async run(model, real) {
      const index = pick % model.tokens.length
      await run(model, real, model.tokens[index] ?? null, ids[index] as string)
      await agree(model, real)
    },
    toString: () => `${name}(${pick})`,
  }
}

function commands(ids: string[]): fc.Arbitrary<Command>[] {
  const pick = fc.nat({ max: 20 })
  const drop = (model: Model, id: string) => {
    model.tokens[ids.indexOf(id)] = null
  }
  return [
    fc.constant<Command>({
      check: () => true,
      async run(model, real) {
        const refused = model.disabled
          ? 'ERR_PAT_PRINCIPAL_DISABLED'
          : live(model).length >= LIMIT
            ? 'ERR_PAT_TOKEN_LIMIT'
            : null
        const created = await outcome(() =>
          real.tokens.create(ACTOR, real.owner, { name: 'a', scopes: ['a'], expiry: { seconds: LIFE } }),
        )
        if (refused !== null) return void expect(created).toBe(refused)
        if (typeof created === 'string') throw new Error(created)
        ids.push(created.token.id)
        model.tokens.push({
          id: created.token.id,
          scopes: ['a'],
          revoked: false,
          endsAt: model.now + LIFE * SECOND,
          version: 1,
          secrets: new Map([[created.secret.digest, Number.POSITIVE_INFINITY]]),
        })
        await agree(model, real)
      },
      toString: () => 'create',
    }),
    fc.tuple(pick, fc.constantFrom(0, 5)).map(([index, overlapSeconds]) =>
      onToken(
        `rotate +${overlapSeconds}`,
        index,
        async (model, real, token, id) => {
          const rotated = await outcome(() => real.tokens.rotate(ACTOR, real.owner, id, { overlapSeconds }))
          if (token === null) return void expect(rotated).toBe('ERR_PAT_TOKEN_NOT_FOUND')
          if (status(token, model.now) !== 'active') return void expect(rotated).toBe('ERR_PAT_TOKEN_NOT_ACTIVE')
          renew(token, rotated, model.now + overlapSeconds * SECOND)
        },
        ids,
      ),
    ),
    pick.map((index) =>
      onToken(
        'regenerate',
        index,
        async (model, real, token, id) => {
          const again = await outcome(() =>
            real.tokens.regenerate(ACTOR, real.owner, id, { expiry: { seconds: LIFE } }),
          )
          if (token === null) return void expect(again).toBe('ERR_PAT_TOKEN_NOT_FOUND')
          if (status(token, model.now) === 'active') return void expect(again).toBe('ERR_PAT_TOKEN_ACTIVE')
          if (live(model).length >= LIMIT) return void expect(again).toBe('ERR_PAT_TOKEN_LIMIT')
          renew(token, again, model.now)
          Object.assign(token, { revoked: false, endsAt: model.now + LIFE * SECOND })
        },
        ids,
      ),
    ),
    pick.map((index) =>
      onToken(
        'revoke',
        index,
        async (_, real, token, id) => {
          const revoked = await outcome(() => real.tokens.revoke(ACTOR, real.owner, id))
          if (token === null) return void expect(revoked).toBe('ERR_PAT_TOKEN_NOT_FOUND')
          if (!token.revoked) Object.assign(token, { revoked: true, version: token.version + 1 })
        },
        ids,
      ),
    ),
    fc.tuple(pick, fc.subarray(['a', 'b', 'c'])).map(([index, scopes]) =>
      onToken(
        `scopes ${scopes}`,
        index,
        async (model, real, token, id) => {
          const updated = await outcome(() => real.tokens.update(ACTOR, real.owner, id, { scopes }))
          if (token === null) return void expect(updated).toBe('ERR_PAT_TOKEN_NOT_FOUND')
          if (status(token, model.now) !== 'active') return void expect(updated).toBe('ERR_PAT_TOKEN_NOT_ACTIVE')
          if (token.scopes.join() !== scopes.join()) Object.assign(token, { scopes, version: token.version + 1 })
        },
        ids,
      ),
    ),
    pick.map((index) =>
      onToken(
        'delete',
        index,
        async (model, real, token, id) => {
          const deleted = await outcome(() => real.tokens.delete(ACTOR, real.owner, id))
          if (token === null) return void expect(deleted).toBe('ERR_PAT_TOKEN_NOT_FOUND')
          drop(model, id)
        },
        ids,
      ),
    ),
    fc.boolean().map<Command>((disabled) => ({
      check: () => true,
      async run(model, real) {
        model.disabled = disabled
        await real.tokens.putPrincipal(ACTOR, {
          ...real.owner,
          kind: 'user',
          disabledAt: disabled ? new Date(model.now) : null,
          ceiling: null,
        })
        await agree(model, real)
      },
      toString: () => (disabled ? 'disable' : 'enable'),
    })),
    fc.constantFrom(1, 5, LIFE).map<Command>((seconds) => ({
      check: () => true,
      async run(model, real) {
        model.now += seconds * SECOND
        await agree(model, real)
      },
      toString: () => `pass(${seconds})`,
    })),
  ]
}

function renew(token: ModelToken, issued: unknown, othersEnd: number): void {
  if (typeof issued === 'string') throw new Error(issued)
  for (const [digest, end] of token.secrets) token.secrets.set(digest, Math.min(end, othersEnd))
  token.secrets.set((issued as { secret: { digest: string } }).secret.digest, Number.POSITIVE_INFINITY)
  token.version++
}

/** What a verb gives back, or the code of its refusal. */
async function outcome<T>(verb: () => Promise<T>): Promise<T | string> {
  try {
    return await verb()
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

/** Everything that can be seen of the store is what the model says. */
async function agree(model: Model, { tokens, store, owner }: Real): Promise<void> {
  const present = model.tokens.filter((token) => token !== null)
  const { items } = await tokens.list(owner, { limit: 100 })
  const shown = items.map(({ id, scopes, version, status }) => ({ id, scopes: [...scopes].sort(), version, status }))
  const expected = present.map((token) => ({
    id: token.id,
    scopes: token.scopes,
    version: token.version,
    status: status(token, model.now),
  }))
  expect(shown.sort(byId)).toEqual(expected.sort(byId))
  const ends = new Map(present.flatMap(({ secrets }) => [...secrets]))
  const records = await store.resolveMany([...ends.keys()])
  expect(records.size).toBe(ends.size)
  for (const [digest, record] of records) {
    expect(record.secretEndsAt?.getTime() ?? Number.POSITIVE_INFINITY).toBe(ends.get(digest))
    expect(record.disabled).toBe(model.disabled ? 'principal' : null)
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}

async function walk(store: TokenStore, organizationId: string, sequence: Iterable<Command>): Promise<void> {
  const model: Model = { tokens: [], disabled: false, now: Date.UTC(2026, 0, 1) }
  const owner = { organizationId, principalId: 'ada' }
  const tokens = createTokenService({
    store,
    format: tokenFormat({ prefix: 'acme' }),
    policy: { maximumTokensPerPrincipal: LIMIT },
    clock: () => model.now,
  })
  await tokens.putPrincipal(ACTOR, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
  try {
    await fc.asyncModelRun(() => ({ model, real: { tokens, store, owner } }), sequence)
  } finally {
    await tokens.close()
  }
}

let walks = 0

async function check(store: TokenStore, numRuns: number): Promise<void> {
  const ids: string[] = []
  await fc.assert(
    fc.asyncProperty(fc.commands(commands(ids), { maxCommands: 40, size: 'max' }), async (sequence) => {
      ids.length = 0
      await walk(store, `org-${++walks}`, sequence)
    }),
    { numRuns },
  )
}

describe('the lifecycle is what its model says', () => {
  test('memory', () => check(memoryStore(), 300), 60_000)

  onEachEngine(({ open }) => {
    test('a database', async () => {
      const database = await open()
      const store: SqlStore = sqlStore({ dialect: database.dialect() })
      await store.migrate()
      await check(store, 40)
      await store[Symbol.asyncDispose]()
      await database.drop()
    })
  })
})

import { createVerifier, tokenFormat, type Verifier } from '@patkit/core'
import { joinedHeader, type RequestReader } from '@patkit/core/adapter'
import { sqlStore } from '@patkit/sql'
import {
  type Actor,
  type AuditStore,
  createTokenService,
  memoryStore,
  type Owner,
  type Principal,
  type StoredRecord,
  type TokenService,
  type TokenStore,
} from '@patkit/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onEachEngine, type TestDatabase } from '../servers/engine.ts'

/*
 * The lifecycle, the cache and the audit log together: for every change of a token, and every moment at which a request
 * meets the change, a valid token is allowed, an invalid one is not, and the log has the answer.
 */

const ACTOR: Actor = { id: 'admin', scopes: null }
const OVERLAP = { overlapSeconds: 60 }

type Outcome = string
type Mode = 'background' | 'required'
/** `warm`: the record is remembered. `cold`: it is not. `in flight`: the request waits while the change is made. */
type Temperature = 'warm' | 'cold' | 'in flight'

interface Request {
  readonly id: string
  readonly token: string
}

interface Scene {
  readonly tokens: TokenService
  readonly owner: Owner
  readonly id: string
  /** The secret that requests present, made before the change. */
  readonly secret: string
  /** Another request. During a change it comes to another verifier of the same service, which holds back no request. */
  use(secret: string): Promise<Outcome>
}

/** A change, and the outcome of requests with the old secret after it; with the new one, where there is one. */
interface Change {
  readonly name: string
  /** The changes before the requests. @returns the secret that they present, where that is not the first one */
  readonly before?: (scene: Scene) => Promise<string>
  /** @returns the new secret, where the change makes one */
  readonly make: (scene: Scene) => Promise<string | null>
  readonly old: Outcome
  /** Whether a request that comes to the guard is refused there. */
  readonly refusedByGuard?: true
}

const CHANGES: readonly Change[] = [
  { name: 'rotate', make: async (scene) => rotated(scene), old: 'superseded' },
  { name: 'rotate with overlap', make: async (scene) => rotated(scene, OVERLAP), old: 'allowed' },
  {
    name: 'adopt',
    async make(scene) {
      const secret = await rotated(scene, OVERLAP)
      expect(await scene.use(secret)).toBe('allowed')
      await scene.tokens.flush()
      return secret
    },
    old: 'superseded',
  },
  {
    name: 'reuse',
    async make(scene) {
      const secret = await rotated(scene)
      expect(await scene.use(scene.secret)).toBe('superseded')
      await scene.tokens.flush()
      return secret
    },
    old: 'superseded',
  },
  {
    name: 'regenerate',
    async before(scene) {
      await scene.tokens.revoke(ACTOR, scene.owner, scene.id)
      return (await scene.tokens.regenerate(ACTOR, scene.owner, scene.id)).secret.reveal()
    },
    async make({ tokens, owner, id }) {
      await tokens.revoke(ACTOR, owner, id)
      return (await tokens.regenerate(ACTOR, owner, id)).secret.reveal()
    },
    old: 'superseded',
  },
  {
    name: 'revoke',
    async make({ tokens, owner, id }) {
      await tokens.revoke(ACTOR, owner, id)
      return null
    },
    old: 'revoked',
  },
  {
    name: 'delete',
    async make({ tokens, owner, id }) {
      await tokens.delete(ACTOR, owner, id)
      return null
    },
    old: 'unknown_token',
  },
  {
    name: 'disable',
    async make({ tokens, owner }) {
      await tokens.putPrincipal(ACTOR, principal(owner, { disabledAt: new Date() }))
      return null
    },
    old: 'principal_disabled',
  },
  {
    name: 'ceiling change',
    async make({ tokens, owner }) {
      await tokens.putPrincipal(ACTOR, principal(owner, { ceiling: ['drive:write'] }))
      return null
    },
    old: 'allowed',
    refusedByGuard: true,
  },
]

const reader: RequestReader<Request> = {
  header: ({ token }, name) => joinedHeader(['authorization', `Bearer ${token}`], name),
  peer: () => '192.0.2.1',
  context: ({ id }) => ({ id, method: 'GET', path: '/', route: null, userAgent: null }),
}

describe('memory', () => {
  const store = memoryStore()
  matrix(() => store)
})

onEachEngine(({ open }) => {
  let database: TestDatabase
  let store: TokenStore & { migrate(): Promise<unknown> }

  beforeAll(async () => {
    database = await open()
    store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await database.drop()
  })
  matrix(() => store)
})

function matrix(storeOf: () => TokenStore): void {
  for (const mode of ['background', 'required'] as const)
    for (const temperature of ['warm', 'cold', 'in flight'] as const)
      test.each(CHANGES.map((change) => [change.name, change] as const))(`${mode}, ${temperature}: %s`, (_, change) =>
        holds(storeOf(), mode, temperature, change),
      )

  test('required: old and new secret in turn, while the new one is adopted', async () => {
    const { scene, answered, faults, close } = await setUp(storeOf(), 'required')
    for (let round = 0; round < 20; round++) {
      const old = round === 0 ? scene.secret : await rotated(scene)
      const secret = await rotated(scene, OVERLAP)
      const outcomes = [await scene.use(old), await scene.use(secret), await scene.use(old), await scene.use(secret)]
      expect([outcomes[1], outcomes[3]]).toEqual(['allowed', 'allowed'])
      // Adoption comes after the first use of the new secret, at once or a moment later.
      expect(outcomes[0]).toBe('allowed')
      expect(['allowed', 'superseded']).toContain(outcomes[2])
    }
    await close()
    expect(await disagreements(storeOf().audit, scene.owner, answered)).toEqual([])
    expect(faults).toEqual([])
  })
}

async function holds(store: TokenStore, mode: Mode, temperature: Temperature, change: Change): Promise<void> {
  const { scene, verifier, gate, request, answer, useElsewhere, answered, faults, close } = await setUp(store, mode)
  const presented = (await change.before?.(scene)) ?? scene.secret
  const changing = { ...scene, secret: presented, use: useElsewhere }
  if (temperature === 'warm') expect(await scene.use(presented)).toBe('allowed')
  const held: Promise<Outcome>[] = []
  if (temperature === 'in flight') {
    gate.close()
    held.push(answer(request(presented)), answer(request(presented)))
    await gate.reached
  }
  const secret = await change.make(changing)
  gate.open()
  for (const outcome of held) expect(await outcome, 'a request in flight').toBe(change.old)
  expect(await scene.use(presented), 'the old secret').toBe(change.old)
  if (secret !== null) expect(await scene.use(secret), 'the new secret').toBe('allowed')
  if (change.refusedByGuard) await refusedByGuard(verifier, request(presented), answered)
  await close()
  expect(await disagreements(store.audit, scene.owner, answered)).toEqual([])
  expect(faults).toEqual([])
}

async function refusedByGuard(
  verifier: Verifier<StoredRecord>,
  request: Request,
  answered: Map<string, Outcome>,
): Promise<void> {
  const need = { kind: 'all', scopes: ['drive:read'] } as const
  const decision = await verifier.authorize(await verifier.verify(request, reader), need, request, reader)
  expect(decision).toMatchObject({ ok: false, reason: 'insufficient_scope' })
  answered.set(request.id, 'insufficient_scope')
}

async function setUp(store: TokenStore, mode: Mode) {
  const owner: Owner = { organizationId: unique('org'), principalId: 'ada' }
  const faults: unknown[] = []
  const gate = createGate()
  const tokens = createTokenService({
    store,
    format: tokenFormat({ prefix: 'acme' }),
    onError: (cause) => faults.push(cause),
  })
  const { resolveMany } = tokens.verifierOptions
  const onError = (fault: unknown) => faults.push(fault)
  const other = createVerifier<StoredRecord>({ ...tokens.verifierOptions, audit: { mode, sink: store.audit }, onError })
  const verifier = createVerifier<StoredRecord>({
    ...tokens.verifierOptions,
    // A lookup, or under required audit the event of a decision, is held while the gate is closed.
    resolveMany: async (digests, lookup) => {
      const records = await resolveMany(digests, lookup)
      if (mode === 'background') await gate.pass()
      return records
    },
    audit: {
      mode,
      timeoutMs: 30_000,
      sink: {
        async write(events) {
          if (mode === 'required') await gate.pass()
          await store.audit.write(events)
        },
      },
    },
    onError,
  })
  await tokens.putPrincipal(ACTOR, principal(owner))
  const { token, secret } = await tokens.create(ACTOR, owner, { name: 'ci', scopes: ['drive:read'] })
  const answered = new Map<string, Outcome>()
  const request = (presented: string): Request => ({ id: unique('request'), token: presented })

  async function answer(asked: Request, by = verifier): Promise<Outcome> {
    const decision = await by.verify(asked, reader)
    const outcome = decision.ok ? 'allowed' : decision.reason
    answered.set(asked.id, outcome)
    return outcome
  }

  const scene: Scene = {
    ...{ tokens, owner, id: token.id, secret: secret.reveal() },
    use: (presented) => answer(request(presented)),
  }
  async function close(): Promise<void> {
    await tokens.close()
    await Promise.all([verifier.close(), other.close()])
  }
  const useElsewhere = (presented: string) => answer(request(presented), other)
  return { scene, verifier, gate, request, answer, useElsewhere, answered, faults, close }
}

/** Requests whose last event on record differs from the answer. Guesses are folded into one event. */
async function disagreements(
  audit: AuditStore,
  owner: Owner,
  answered: ReadonlyMap<string, Outcome>,
): Promise<unknown[]> {
  const filter = {
    tokenId: null,
    outcome: null,
    reason: null,
    clientIp: null,
    requestId: null,
    from: null,
    until: null,
  }
  const events = await audit.list({ scope: owner, filter, descending: false, after: null, limit: 1_000 })
  const said = new Map<string, string>()
  for (const event of events) if (event.kind !== 'change') said.set(event.request.id as string, event.outcome)
  const isOnRecord = ([id, outcome]: readonly [string, string]) => said.has(id) || outcome !== 'unknown_token'
  return [...answered].filter(isOnRecord).filter(([id, outcome]) => said.get(id) !== outcome)
}

async function rotated({ tokens, owner, id }: Scene, input = {}): Promise<string> {
  return (await tokens.rotate(ACTOR, owner, id, input)).secret.reveal()
}

function principal(owner: Owner, change: Partial<Principal> = {}): Principal {
  return { ...owner, kind: 'user', disabledAt: null, ceiling: null, ...change }
}

/** Holds back requests while it is closed. */
function createGate() {
  let opened = Promise.resolve()
  let open = () => {}
  let arrive = () => {}
  let reached = Promise.resolve()
  return {
    close() {
      opened = new Promise((resolve) => (open = resolve))
      reached = new Promise((resolve) => (arrive = resolve))
    },
    open: () => open(),
    get reached() {
      return reached
    },
    pass() {
      arrive()
      return opened
    },
  }
}

let drawn = 0
function unique(name: string): string {
  return `${name}-${Date.now().toString(36)}-${process.pid}-${++drawn}`
}

import { ok } from 'node:assert/strict'
import type { ChangeAction, ChangeEvent } from '../audit/change-event.ts'
import type {
  Change,
  IdempotentAnswer,
  LifeRules,
  Limit,
  ListQuery,
  NewSecret,
  Owner,
  Principal,
  Token,
  TokenStore,
} from '../stores/token-store.ts'

const START = Date.UTC(2026, 0, 1)
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const NO_RULES: LifeRules = { maximumMs: null, idleMs: null, endRequired: false }
/** The filter that matches all events. */
export const EVERY_EVENT = {
  tokenId: null,
  outcome: null,
  reason: null,
  clientIp: null,
  requestId: null,
  from: null,
  until: null,
}
export const UNCHANGED: Change = { set: {}, addSecret: null, endOtherSecretsAt: null, adopt: null }

/** Names that engines could cut, fold, escape or sort in different ways. */
export const NAMES: readonly string[] = [
  'plain',
  'Ärger',
  '日本語',
  '👩‍🚀 crew',
  'a%b_c!d\\e',
  "Robert'); DROP TABLE",
  'zebra',
  'Zebra',
  '𝒳',
  '￮',
]

/** One case of the contract of stores. */
export interface Case {
  readonly name: string
  readonly check: (harness: Harness) => Promise<void>
}

/** A store with a principal of an organization of its own, and short functions that write to it. */
export interface Harness {
  readonly store: TokenStore
  readonly owner: Owner
  readonly id: (name: string) => string
  principal(change?: Partial<Principal>): Promise<void>
  create(name: string, change?: Partial<Token>, limit?: Limit | null): ReturnType<TokenStore['insert']>
  update(
    name: string,
    version: number,
    change: Partial<Change>,
    limit?: Limit | null,
  ): ReturnType<TokenStore['updateIfVersion']>
  token(name: string): Promise<Token>
  record(
    digest: string,
  ): Promise<
    Awaited<ReturnType<TokenStore['resolveMany']>> extends ReadonlyMap<string, infer R> ? R | undefined : never
  >
  event(action: ChangeAction, tokenId: string | null): ChangeEvent
}

/** A part of ids that no other process has. */
export const run: string = `${Date.now().toString(36)}${process.pid.toString(36)}`
let harnesses = 0
let events = 0
/** When updates happen, in milliseconds after the start. */
export const UPDATED = 1

/** Each harness has an organization of its own, with one principal. */
export async function createHarness(store: TokenStore): Promise<Harness> {
  const organizationId = `org-${run}-${++harnesses}`
  const owner = { organizationId, principalId: 'owner' }
  const id = (name: string) => `${organizationId}-${name}`

  const event = (action: ChangeAction, tokenId: string | null): ChangeEvent => ({
    id: `event-${run}-${String(++events).padStart(8, '0')}`,
    at: at(0),
    kind: 'change',
    action,
    actorId: 'actor',
    tokenId,
    ...owner,
    fields: ['name'],
    reason: null,
    clientIp: null,
  })
  const harness: Harness = {
    store,
    owner,
    id,
    event,
    principal: (change = {}) =>
      store.putPrincipal(
        { ...owner, kind: 'user', disabledAt: null, ceiling: null, ...change },
        { ...event('principal', null), principalId: change.principalId ?? owner.principalId },
      ),
    create(name, change = {}, limit = null) {
      const token = tokenOf(owner, id(name), name, change)
      return store.insert({ token, secret: secretOf(id(name)), limit, answer: null, event: event('create', token.id) })
    },
    update: (name, version, change, limit = null) =>
      store.updateIfVersion(owner, id(name), {
        version,
        change: { ...UNCHANGED, ...change },
        limit,
        event: {
          ...event('update', id(name)),
          at: at(UPDATED),
        },
        answer: null,
      }),
    async token(name) {
      const token = await store.find(owner, id(name))
      ok(token !== null, `the token ${name} is there`)
      return token
    },
    record: async (digest) => (await store.resolveMany([digest])).get(digest),
  }
  await harness.principal()
  return harness
}

export function at(ms: number): Date {
  return new Date(START + ms)
}

export function answerOf(tokenId: string, keyHash = 'key', now = 0): IdempotentAnswer {
  return { keyHash, requestHash: 'r', tokenId, sealed: 's', expiresAt: at(now + HOUR) }
}

export function secretOf(digest: string, awaitsAdoption = false): NewSecret {
  return { digest: `sha-${digest}`, createdAt: at(0), awaitsAdoption }
}

export function tokenOf(owner: Owner, id: string, name: string, change: Partial<Token>): Token {
  return {
    ...owner,
    id,
    version: 1,
    name,
    description: null,
    hint: 'acme_pat_…wxyz',
    scopes: ['drive:read'],
    userId: null,
    ipAllowlist: null,
    createdBy: 'actor',
    createdAt: at(0),
    updatedAt: at(0),
    issuedAt: at(0),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    lastUsedIp: null,
    useCount: 0,
    ...change,
  }
}

export function listOf(change: Partial<ListQuery> = {}): ListQuery {
  return {
    status: 'all',
    search: null,
    name: null,
    endsBefore: null,
    expiredUnder: null,
    shortenedUnder: null,
    now: at(0),
    life: NO_RULES,
    sort: 'createdAt',
    descending: false,
    limit: 100,
    from: { after: null },
    ...change,
  }
}

export const limitOf = (most: number, change: Partial<Limit> = {}): Limit => ({
  most,
  now: at(0),
  life: NO_RULES,
  ...change,
})

/** A time at which no token of another case is about to end, in milliseconds after its start. */
export function unsharedTime(): (ms: number) => Date {
  const start = (1_000 + 30 * harnesses) * 24 * HOUR
  return (ms) => at(start + ms)
}

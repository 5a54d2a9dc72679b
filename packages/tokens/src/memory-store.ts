import type { ChangeEvent } from './change-event.ts'
import { checkedStore } from './checked-store.ts'
import { foldedText, searchText } from './folded-text.ts'
import { endsAnswers } from './idempotency.ts'
import { lifeEnd, statusOf } from './lifetime.ts'
import { sortValue } from './list-cursor.ts'
import { type MemoryAudit, memoryAudit } from './memory-audit.ts'
import { memoryErasures } from './memory-erasures.ts'
import { dueNotice } from './notices.ts'
import type {
  Change,
  ErasedToken,
  Erasure,
  IdempotentAnswer,
  LifeRules,
  Limit,
  ListQuery,
  ListStatus,
  NewSecret,
  NoticeKey,
  Owner,
  Principal,
  SortPlace,
  StoredRecord,
  Token,
  TokenStore,
} from './store.ts'

interface Secret extends NewSecret {
  readonly tokenId: string
  readonly endsAt: Date | null
}

/** How long it is known after an erasure which events come late. */
const ERASURE_MS = 604_800_000

/** A store that forgets everything with the process: for tests, and as what a store does in its plainest form. */
export function memoryStore(): TokenStore {
  const tokens = new Map<string, Token>()
  const secrets = new Map<string, Secret>()
  const principals = new Map<string, Principal>()
  const answers = new Map<string, IdempotentAnswer>()
  const sequences = new Map<string, number>()
  const notices = new Map<string, NoticeKey & { readonly claimedAt: Date; confirmedAt: Date | null }>()
  /** The last batch of uses of each writer. */
  const writers = new Map<string, number>()
  const log: MemoryAudit = memoryAudit(
    (events) => erasures.late(events),
    (owner) => erasures.since(owner),
  )
  const { audit, keep, changes } = log
  const erasures = memoryErasures(log)

  const findToken = (owner: Owner, id: string) => {
    const token = tokens.get(id)
    return token !== undefined && owns(owner, token) ? token : null
  }

  function atLimit(owner: Owner, { most, now, life }: Limit, except: string | null): boolean {
    const counts = (token: Token) =>
      owns(owner, token) && token.id !== except && statusOf(token, life, now) === 'active'
    return [...tokens.values()].filter(counts).length >= most
  }

  function disabledOf(token: Token): 'principal' | 'user' | null {
    const principal = principals.get(keyOf(token))
    if (principal === undefined || principal.disabledAt !== null) return 'principal'
    if (token.userId === null) return null
    const user = principals.get(keyOf({ organizationId: token.organizationId, principalId: token.userId }))
    return user?.kind === 'user' && user.disabledAt === null ? null : 'user'
  }

  function recordOf(digest: string): StoredRecord | null {
    const secret = secrets.get(digest)
    const token = secret === undefined ? undefined : tokens.get(secret.tokenId)
    if (secret === undefined || token === undefined) return null
    const { id, scopes, expiresAt, revokedAt, ipAllowlist, userId, issuedAt, lastUsedAt, version } = token
    const { principalId, organizationId } = token
    const ceiling = principals.get(keyOf(token))?.ceiling ?? null
    return {
      ...{ id, digest, scopes, expiresAt, revokedAt, ipAllowlist, userId, issuedAt, lastUsedAt, version },
      ...{ principalId, organizationId, disabled: disabledOf(token), secretEndsAt: secret.endsAt },
      ...(ceiling !== null && { ceiling }),
      awaitsAdoption: secret.awaitsAdoption,
    }
  }

  function endSecrets(tokenId: string, except: string | null, at: Date): void {
    for (const secret of secrets.values()) {
      if (secret.tokenId !== tokenId || secret.digest === except) continue
      const endsAt = secret.endsAt !== null && secret.endsAt < at ? secret.endsAt : at
      secrets.set(secret.digest, { ...secret, endsAt, awaitsAdoption: false })
    }
  }

  function applySecrets(tokenId: string, { addSecret, endOtherSecretsAt, adopt }: Change): void {
    if (endOtherSecretsAt !== null) endSecrets(tokenId, adopt, endOtherSecretsAt)
    const adopted = adopt === null ? undefined : secrets.get(adopt)
    if (adopted !== undefined) secrets.set(adopted.digest, { ...adopted, awaitsAdoption: false })
    if (addSecret !== null) secrets.set(addSecret.digest, { ...addSecret, tokenId, endsAt: null })
  }

  function forget(id: string): void {
    tokens.delete(id)
    for (const secret of secrets.values()) if (secret.tokenId === id) secrets.delete(secret.digest)
    endAnswers(id)
  }

  function endAnswers(tokenId: string): void {
    for (const [key, answer] of answers) if (answer.tokenId === tokenId) answers.set(key, { ...answer, sealed: null })
  }

  /** Whether a key has an answer whose time is not up. */
  function isAnswered(owner: Owner, answer: IdempotentAnswer | null, now: Date): boolean {
    const earlier = answer === null ? undefined : answers.get(keyOf(owner, answer.keyHash))
    return earlier !== undefined && earlier.expiresAt > now
  }

  /** Tokens of others that act for a principal end, and act for nobody that comes back. */
  function release(erasure: Erasure): ErasedToken[] {
    const { organizationId, principalId, pseudonym, begunAt } = erasure
    const acting = [...tokens.values()].filter(
      (token) => token.organizationId === organizationId && token.userId === principalId,
    )
    return acting.map((token) => {
      const version = token.version + 1
      const revokedAt = token.revokedAt ?? begunAt
      const released = { ...token, version, revokedAt, userId: pseudonym, lastUsedIp: null, updatedAt: begunAt }
      tokens.set(token.id, released)
      for (const [key, answer] of answers) if (answer.tokenId === token.id) answers.delete(key)
      const { id } = token
      return {
        ...{ id, organizationId, principalId: token.principalId, version },
        change: token.revokedAt === null ? 'revoked' : 'released',
      }
    })
  }

  function withdrawName({ organizationId, principalId, pseudonym, returnedAt }: Erasure): number {
    const made = [...tokens.values()].filter(
      (token) =>
        token.organizationId === organizationId &&
        (token.createdBy === principalId || token.userId === principalId) &&
        (returnedAt === null || token.createdAt < returnedAt),
    )
    const name = <T extends string | null>(id: T) => (id === principalId ? pseudonym : id)
    for (const token of made) {
      tokens.set(token.id, { ...token, createdBy: name(token.createdBy), userId: name(token.userId) })
    }
    return made.length
  }

  return checkedStore({
    audit,

    async beginErasure(erasure, eventOf, event) {
      const { organizationId, principalId } = erasure
      const owner = { organizationId, principalId }
      if (!principals.delete(keyOf(owner))) return null
      const own = [...tokens.values()].filter((token) => owns(owner, token))
      const removed = own.map(({ id, version }) => ({ ...owner, id, version: version + 1, change: 'removed' as const }))
      for (const { id } of own) forget(id)
      for (const key of answers.keys()) if (key.startsWith(keyOf(owner).slice(0, -3))) answers.delete(key)
      const changed = [...removed, ...release(erasure)]
      for (const token of changed) keep(eventOf(token))
      erasures.begin(erasure)
      keep(event)
      return changed
    },
    listErasures: erasures.listErasures,
    async eraseBatch(erasure, limit) {
      const present = (await erasures.listErasures()).find(({ pseudonym }) => pseudonym === erasure.pseudonym)
      if (present === undefined) return 0
      return log.erase(present, limit) || withdrawName(present)
    },
    finishErasure: erasures.finishErasure,

    async resolveMany(digests: readonly string[]) {
      const found = new Map<string, StoredRecord>()
      for (const digest of digests) {
        const record = recordOf(digest)
        if (record !== null) found.set(digest, record)
      }
      return found
    },

    async insert(token, secret, limit, answer, event) {
      if (!principals.has(keyOf(token))) return 'missing'
      const isRepeated = isAnswered(token, answer, token.createdAt)
      if (tokens.has(token.id) || secrets.has(secret.digest) || isRepeated) return 'duplicate'
      if (limit !== null && atLimit(token, limit, null)) return 'limit'
      tokens.set(token.id, token)
      secrets.set(secret.digest, { ...secret, tokenId: token.id, endsAt: null })
      if (answer !== null) answers.set(keyOf(token, answer.keyHash), answer)
      keep(event)
      return 'ok'
    },

    async findAnswer(owner, keyHash, now) {
      const answer = answers.get(keyOf(owner, keyHash))
      return answer !== undefined && answer.expiresAt > now ? answer : null
    },

    find: async (owner, id) => findToken(owner, id),

    async list(where, query) {
      const rows = [...tokens.values()].filter((token) => owns(where, token) && matches(token, query))
      rows.sort((a, b) => compare(placeOf(a, query), placeOf(b, query)) * (query.descending ? -1 : 1))
      const start = startOf(rows, query)
      const end = start + query.limit
      return { items: rows.slice(start, end), more: end < rows.length, total: rows.length }
    },

    async swap(owner, id, version, change, limit, event, answer = null) {
      const token = findToken(owner, id)
      if (token === null) return 'missing'
      const isAdopted = change.adopt !== null && secrets.get(change.adopt)?.awaitsAdoption !== true
      if (token.version !== version || isAdopted || isAnswered(owner, answer, event.at)) return 'conflict'
      if (limit !== null && atLimit(owner, limit, id)) return 'limit'
      const changed = { ...token, ...change.set, version: version + 1, updatedAt: event.at }
      tokens.set(id, changed)
      applySecrets(id, change)
      if (endsAnswers(change)) endAnswers(id)
      if (answer !== null) answers.set(keyOf(owner, answer.keyHash), answer)
      keep(event)
      return changed
    },

    async remove(owner, id, eventOf) {
      const gone = [...tokens.values()].filter((token) => owns(owner, token) && (id === null || token.id === id))
      return gone.map(({ id, version }) => {
        forget(id)
        keep(eventOf({ id, version }))
        return { id, version }
      })
    },

    async revokeAll(owner, at, eventOf) {
      const live = [...tokens.values()].filter((token) => owns(owner, token) && token.revokedAt === null)
      return live.map((token) => {
        const { id, version } = { id: token.id, version: token.version + 1 }
        tokens.set(id, { ...token, revokedAt: at, version, updatedAt: at })
        endAnswers(id)
        keep(eventOf({ id, version }))
        return { id, version }
      })
    },

    async putPrincipal(principal, event) {
      if (!principals.has(keyOf(principal))) erasures.returned(principal, event.at)
      principals.set(keyOf(principal), principal)
      keep(event)
    },

    async insertPrincipal(principal, event) {
      if (principals.has(keyOf(principal))) return 'duplicate'
      erasures.returned(principal, event.at)
      principals.set(keyOf(principal), principal)
      keep(event)
      return 'ok'
    },

    async changePrincipal(owner, change, event) {
      const principal = principals.get(keyOf(owner))
      if (principal === undefined) return null
      const changed = change(principal)
      if (changed === principal) return principal
      principals.set(keyOf(owner), changed)
      keep(event)
      return changed
    },

    findPrincipal: async (owner) => principals.get(keyOf(owner)) ?? null,

    async listPrincipals(organizationId, after, limit, kind) {
      return [...principals.values()]
        .filter((principal) => principal.organizationId === organizationId)
        .filter((principal) => kind === null || principal.kind === kind)
        .filter(({ principalId }) => after === null || compareText(principalId, after) > 0)
        .sort((a, b) => compareText(a.principalId, b.principalId))
        .slice(0, limit)
    },

    async touch(uses, batch) {
      if (batch !== undefined && batch.number <= (writers.get(batch.writer) ?? 0)) return
      if (batch !== undefined) writers.set(batch.writer, batch.number)
      for (const { tokenId, at, ip, count } of uses) {
        const token = tokens.get(tokenId)
        if (token === undefined || token.revokedAt !== null) continue
        const isLater = token.lastUsedAt === null || token.lastUsedAt < at
        const last = isLater ? { lastUsedAt: at, lastUsedIp: ip } : {}
        tokens.set(tokenId, { ...token, ...last, useCount: token.useCount + count })
      }
    },

    async claimNotices(query) {
      const due = [...tokens.values()].flatMap((token) => {
        const key = dueNotice(token, query)
        return key === null ? [] : [{ ...key, token }]
      })
      const claimed = due
        .filter((notice) => {
          const known = notices.get(noticeKey(notice))
          return known === undefined || (known.confirmedAt === null && known.claimedAt <= query.claimedBefore)
        })
        .sort((a, b) => a.endsAt.getTime() - b.endsAt.getTime() || compareText(a.tokenId, b.tokenId))
        .slice(0, query.limit)
      for (const { token: _, ...key } of claimed) {
        notices.set(noticeKey(key), { ...key, claimedAt: query.now, confirmedAt: null })
      }
      return claimed
    },

    async confirmNotices(given, now) {
      const waiting = given.map((key) => notices.get(noticeKey(key))).filter((known) => known?.confirmedAt === null)
      for (const known of waiting) if (known !== undefined) known.confirmedAt = now
      return waiting.length
    },

    async record(added) {
      for (const event of added) keep(event)
      erasures.late(added)
    },

    async history(owner, id) {
      const since = erasures.since(owner)
      const isOwn = (event: ChangeEvent) => owns(owner, event) && (since === null || event.at >= since)
      const mine = changes().filter((event) => isOwn(event) && event.tokenId === id)
      return mine.sort((a, b) => a.at.getTime() - b.at.getTime() || compareText(a.id, b.id))
    },

    async nextNumber(sequence) {
      const next = (sequences.get(sequence) ?? 0) + 1
      sequences.set(sequence, next)
      return next
    },

    async prune(now) {
      const old = [...answers].filter(([, answer]) => answer.expiresAt <= now)
      for (const [key] of old) answers.delete(key)
      for (const [key, { endsAt }] of notices) if (endsAt <= now) notices.delete(key)
      erasures.prune(new Date(now.getTime() - ERASURE_MS))
      return old.length
    },

    async [Symbol.asyncDispose]() {},
  } satisfies TokenStore)
}

function keyOf({ organizationId, principalId }: Owner, more = ''): string {
  return JSON.stringify([organizationId, principalId, more])
}

function noticeKey({ tokenId, endsAt, withinMs }: NoticeKey): string {
  return JSON.stringify([tokenId, endsAt.getTime(), withinMs])
}

function owns(where: Owner | Pick<Owner, 'organizationId'>, owned: Owner): boolean {
  const isPrincipal = !('principalId' in where) || where.principalId === owned.principalId
  return isPrincipal && where.organizationId === owned.organizationId
}

function matches(token: Token, { status, search, name, endsBefore, life, now }: ListQuery): boolean {
  const end = endsBefore === null ? null : lifeEnd(token, life)
  if (endsBefore !== null && (end === null || end >= endsBefore)) return false
  if (!hasStatus(token, status, life, now)) return false
  const holds = (folded: string, part: string | null) => part === null || folded.includes(foldedText(part))
  return holds(foldedText(token.name), name) && holds(searchText(token), search)
}

function hasStatus(token: Token, status: ListStatus, life: LifeRules, now: Date): boolean {
  if (status === 'all') return true
  return status === 'unrevoked' ? token.revokedAt === null : statusOf(token, life, now) === status
}

function startOf(rows: readonly Token[], query: ListQuery): number {
  if ('offset' in query.from) return query.from.offset
  const { after } = query.from
  if (after === null) return 0
  const isBehind = (row: Token) => (query.descending ? -1 : 1) * compare(placeOf(row, query), after) > 0
  const index = rows.findIndex(isBehind)
  return index < 0 ? rows.length : index
}

function placeOf(token: Token, { sort, life }: ListQuery): SortPlace {
  return { value: sortValue(token, sort, life), id: token.id }
}

function compare(a: SortPlace, b: SortPlace): number {
  const byValue = typeof a.value === 'string' ? compareText(a.value, String(b.value)) : a.value - Number(b.value)
  return byValue || compareText(a.id, b.id)
}

/** By code points, as databases that compare bytes of UTF-8 do. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

import type { ChangeEvent } from '../../audit/change-event.ts'
import { endsAnswers } from '../../lifecycle/idempotency.ts'
import { statusOf } from '../../lifecycle/lifetime.ts'
import { withScopeUses } from '../scope-uses.ts'
import type {
  Change,
  IdempotentAnswer,
  Limit,
  NewSecret,
  Owner,
  Removed,
  Token,
  TokenStore,
  Use,
} from '../token-store.ts'
import { compareText, keyOf, type MemoryRows, owns, type SecretRow } from './rows.ts'
import { pageOf } from './token-page.ts'

type TokenMethods = Pick<
  TokenStore,
  | 'insert'
  | 'find'
  | 'listSecrets'
  | 'findScopeUses'
  | 'findAnswer'
  | 'list'
  | 'updateIfVersion'
  | 'remove'
  | 'revokeAll'
  | 'touch'
>

export function createTokens(rows: MemoryRows, keepEvent: (event: ChangeEvent) => void): TokenMethods {
  const { tokens, secrets, scopeUses, principals, answers, writers } = rows
  const owned = (where: Owner | Pick<Owner, 'organizationId'>) =>
    [...tokens.values()].filter((token) => owns(where, token))

  function findToken(owner: Owner, id: string): Token | null {
    const token = tokens.get(id)
    return token !== undefined && owns(owner, token) ? token : null
  }

  function isAtLimit(owner: Owner, { most, now, life }: Limit, except: string | null): boolean {
    const live = owned(owner).filter((token) => token.id !== except && statusOf(token, life, now) === 'active')
    return live.length >= most
  }

  /** Whether the key of an answer has one whose time is not up. */
  function isAnswered(owner: Owner, answer: IdempotentAnswer | null, now: Date): boolean {
    const earlier = answer === null ? undefined : answers.get(keyOf(owner, answer.keyHash))
    return earlier !== undefined && earlier.expiresAt > now
  }

  return {
    async insert({ token, secret, limit, answer, event }) {
      if (!principals.has(keyOf(token))) return 'missing'
      const isRepeated = isAnswered(token, answer, token.createdAt)
      if (tokens.has(token.id) || secrets.has(secret.digest) || isRepeated) return 'duplicate'
      if (limit !== null && isAtLimit(token, limit, null)) return 'limit'
      tokens.set(token.id, token)
      secrets.set(secret.digest, newSecret(secret, token.id))
      if (answer !== null) answers.set(keyOf(token, answer.keyHash), answer)
      keepEvent(event)
      return 'ok'
    },

    find: async (owner, id) => findToken(owner, id),

    async listSecrets(owner, id, limit) {
      if (findToken(owner, id) === null) return []
      const own = [...secrets.values()].filter(({ tokenId }) => tokenId === id)
      own.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || compareText(a.digest, b.digest))
      return own.slice(0, limit).map(({ createdAt, endsAt, lastUsedAt, lastUsedIp }) => {
        return { createdAt, endsAt, lastUsedAt, lastUsedIp }
      })
    },

    findScopeUses: async (owner, id) => (findToken(owner, id) === null ? null : (scopeUses.get(id) ?? null)),

    async findAnswer(owner, keyHash, now) {
      const answer = answers.get(keyOf(owner, keyHash))
      return answer !== undefined && answer.expiresAt > now ? answer : null
    },

    list: async (where, query) => pageOf(owned(where), query),

    async updateIfVersion(owner, id, { version, change, limit, event, answer }) {
      const token = findToken(owner, id)
      if (token === null) return 'missing'
      const isAdopted = change.adopt !== null && secrets.get(change.adopt)?.awaitsAdoption !== true
      if (token.version !== version || isAdopted || isAnswered(owner, answer, event.at)) return 'conflict'
      if (limit !== null && isAtLimit(owner, limit, id)) return 'limit'
      const changed = { ...token, ...change.set, version: version + 1, updatedAt: event.at }
      tokens.set(id, changed)
      changeSecrets(rows, id, change)
      if (endsAnswers(change)) endAnswers(rows, id)
      if (answer !== null) answers.set(keyOf(owner, answer.keyHash), answer)
      keepEvent(event)
      return changed
    },

    async remove(owner, id, eventOf) {
      const removed = removeTokens(rows, owner, id)
      for (const token of removed) keepEvent(eventOf(token))
      return removed
    },

    async revokeAll(owner, at, eventOf) {
      const live = owned(owner).filter((token) => token.revokedAt === null)
      return live.map((token) => {
        const { id, version } = { id: token.id, version: token.version + 1 }
        tokens.set(id, { ...token, revokedAt: at, version, updatedAt: at })
        endAnswers(rows, id)
        keepEvent(eventOf({ id, version }))
        return { id, version }
      })
    },

    async touch(uses, batch) {
      if (batch !== undefined && batch.number <= (writers.get(batch.writer) ?? 0)) return
      if (batch !== undefined) writers.set(batch.writer, batch.number)
      for (const use of uses) {
        const token = tokens.get(use.tokenId)
        if (token === undefined || token.revokedAt !== null) continue
        const after = { ...used(token, use), useCount: token.useCount + use.count }
        tokens.set(token.id, after)
        if (use.scopes !== null) scopeUses.set(token.id, withScopeUses(scopeUses.get(token.id) ?? null, after, use))
        for (const secretUse of use.secrets) {
          const secret = secrets.get(secretUse.digest)
          if (secret?.tokenId === token.id) secrets.set(secret.digest, used(secret, secretUse))
        }
      }
    },
  }
}

function newSecret(secret: NewSecret, tokenId: string): SecretRow {
  return { ...secret, tokenId, endsAt: null, lastUsedAt: null, lastUsedIp: null }
}

/** An earlier use changes nothing. */
function used<T extends Pick<Token, 'lastUsedAt' | 'lastUsedIp'>>(row: T, { at, ip }: Pick<Use, 'at' | 'ip'>): T {
  return row.lastUsedAt === null || row.lastUsedAt < at ? { ...row, lastUsedAt: at, lastUsedIp: ip } : row
}

/** Removes a token of an owner, or all of them, with their secrets. */
export function removeTokens(rows: MemoryRows, owner: Owner, id: string | null): readonly Removed[] {
  const removed = [...rows.tokens.values()].filter((token) => owns(owner, token) && (id === null || token.id === id))
  for (const token of removed) {
    rows.tokens.delete(token.id)
    rows.scopeUses.delete(token.id)
    for (const secret of rows.secrets.values()) if (secret.tokenId === token.id) rows.secrets.delete(secret.digest)
    endAnswers(rows, token.id)
  }
  return removed.map((token) => ({ id: token.id, version: token.version }))
}

/** The rows stay: a key that comes again must not repeat what it did. */
function endAnswers({ answers }: MemoryRows, tokenId: string): void {
  for (const [key, answer] of answers) if (answer.tokenId === tokenId) answers.set(key, { ...answer, sealed: null })
}

function changeSecrets(rows: MemoryRows, tokenId: string, { addSecret, endOtherSecretsAt, adopt }: Change): void {
  const { secrets } = rows
  if (endOtherSecretsAt !== null) endSecrets(rows, tokenId, adopt, endOtherSecretsAt)
  const adopted = adopt === null ? undefined : secrets.get(adopt)
  if (adopted !== undefined) secrets.set(adopted.digest, { ...adopted, awaitsAdoption: false })
  if (addSecret !== null) secrets.set(addSecret.digest, newSecret(addSecret, tokenId))
}

function endSecrets({ secrets }: MemoryRows, tokenId: string, except: string | null, at: Date): void {
  for (const secret of secrets.values()) {
    if (secret.tokenId !== tokenId || secret.digest === except) continue
    const endsAt = secret.endsAt !== null && secret.endsAt < at ? secret.endsAt : at
    secrets.set(secret.digest, { ...secret, endsAt, awaitsAdoption: false })
  }
}

import type { LoggedEvent } from '../../audit/audit-store.ts'
import { concerns } from '../../audit/erased-event.ts'
import type { ErasedToken, Erasure, Owner, TokenStore } from '../token-store.ts'
import type { MemoryAudit } from './audit.ts'
import { keyOf, type MemoryRows, owns } from './rows.ts'
import { removeTokens } from './tokens.ts'

type ErasureMethods = Pick<TokenStore, 'beginErasure' | 'listErasures' | 'eraseBatch' | 'finishErasure'>

export interface MemoryErasures extends ErasureMethods {
  /** A principal with this id was made. */
  returned(owner: Owner, at: Date): void
  /** The instant from which on events are the owner's. */
  since(owner: Owner): Date | null
  /** Erases from events that came late. */
  late(events: readonly LoggedEvent[]): void
  prune(before: Date): void
}

export function createErasures(rows: MemoryRows, { erase, keep }: Pick<MemoryAudit, 'erase' | 'keep'>): MemoryErasures {
  const { principals } = rows
  /** By their pseudonyms. */
  const erasures = new Map<string, Erasure>()
  const all = () => [...erasures.values()]

  return {
    async beginErasure(erasure, eventOf, event) {
      const { organizationId, principalId } = erasure
      const owner = { organizationId, principalId }
      if (!principals.delete(keyOf(owner))) return null
      const removed = removeTokens(rows, owner, null).map(({ id, version }) => ({
        ...{ ...owner, id, version: version + 1 },
        change: 'removed' as const,
      }))
      removeAnswers(rows, owner)
      const changed = [...removed, ...release(rows, erasure)]
      for (const token of changed) keep(eventOf(token))
      erasures.set(erasure.pseudonym, erasure)
      keep(event)
      return changed
    },
    listErasures: async () => all(),
    async eraseBatch({ pseudonym }, limit) {
      const present = erasures.get(pseudonym)
      if (present === undefined) return 0
      return erase(present, limit) || withdrawName(rows, present)
    },
    async finishErasure({ pseudonym }, at, event) {
      const erasure = erasures.get(pseudonym)
      if (erasure === undefined || erasure.doneAt !== null) return
      erasures.set(pseudonym, { ...erasure, doneAt: at })
      keep(event)
    },
    returned(owner, at) {
      for (const erasure of all()) {
        if (owns(owner, erasure) && erasure.returnedAt === null) {
          erasures.set(erasure.pseudonym, { ...erasure, returnedAt: at })
        }
      }
    },
    since(owner) {
      const returns = all().filter((erasure) => owns(owner, erasure) && erasure.returnedAt !== null)
      const last = Math.max(...returns.map(({ returnedAt }) => Number(returnedAt)))
      return returns.length === 0 ? null : new Date(last)
    },
    late(events) {
      const concerned = all().filter((erasure) => events.some((event) => concerns(erasure, event)))
      for (const erasure of concerned) {
        erase(erasure, Number.POSITIVE_INFINITY)
        withdrawName(rows, erasure)
      }
    },
    prune(before) {
      const old = all().filter(({ events, doneAt }) => events !== 'keep' && doneAt !== null && doneAt <= before)
      for (const { pseudonym } of old) erasures.delete(pseudonym)
    },
  }
}

function removeAnswers({ answers }: MemoryRows, owner: Owner): void {
  const ownKeys = keyOf(owner).slice(0, -'""]'.length)
  for (const key of answers.keys()) if (key.startsWith(ownKeys)) answers.delete(key)
}

/** Tokens of others that act for the principal are revoked, and act for its pseudonym: an id that returns finds none. */
function release({ tokens, secrets, answers }: MemoryRows, erasure: Erasure): ErasedToken[] {
  const { organizationId, principalId, pseudonym, begunAt } = erasure
  const acting = [...tokens.values()].filter(
    (token) => token.organizationId === organizationId && token.userId === principalId,
  )
  return acting.map((token) => {
    const version = token.version + 1
    const revokedAt = token.revokedAt ?? begunAt
    const released = { ...token, version, revokedAt, userId: pseudonym, lastUsedIp: null, updatedAt: begunAt }
    tokens.set(token.id, released)
    for (const secret of secrets.values()) {
      if (secret.tokenId === token.id) secrets.set(secret.digest, { ...secret, lastUsedIp: null })
    }
    for (const [key, answer] of answers) if (answer.tokenId === token.id) answers.delete(key)
    const { id } = token
    return {
      ...{ id, organizationId, principalId: token.principalId, version },
      change: token.revokedAt === null ? 'revoked' : 'released',
    }
  })
}

/** Replaces the id in the tokens that the principal made for others. @returns how many */
function withdrawName({ tokens }: MemoryRows, { organizationId, principalId, pseudonym, returnedAt }: Erasure): number {
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

import type { ChangeEvent } from '../audit/change-event.ts'
import { checkedStore } from './checked-store.ts'
import { type MemoryAudit, memoryAudit } from './memory/audit.ts'
import { createErasures, type MemoryErasures } from './memory/erasures.ts'
import { createLookup } from './memory/lookup.ts'
import { createNotices } from './memory/notices.ts'
import { createPrincipals } from './memory/principals.ts'
import { compareText, createRows, type MemoryRows, owns } from './memory/rows.ts'
import { createTokens } from './memory/tokens.ts'
import type { TokenStore } from './token-store.ts'

/** How long it is known after an erasure which events come late. */
const ERASURE_MS = 604_800_000

/**
 * A store in memory, which ends with the process: for tests, and as the plainest example of a store.
 *
 * @example
 * ```ts
 * import { tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * await tokens.flush()
 * ```
 */
export function memoryStore(): TokenStore {
  const rows = createRows()
  const log: MemoryAudit = memoryAudit(
    (events) => erasures.late(events),
    (owner) => erasures.since(owner),
  )
  const erasures = createErasures(rows, log)
  const { beginErasure, listErasures, eraseBatch, finishErasure } = erasures
  const keep = (event: ChangeEvent) => {
    log.keep(event)
    erasures.late([event])
  }

  return checkedStore({
    audit: log.audit,
    ...createLookup(rows),
    ...createTokens(rows, keep),
    ...createPrincipals(rows, erasures, keep),
    ...{ beginErasure, listErasures, eraseBatch, finishErasure },
    ...createNotices(rows),
    ...createRecords(rows, log, erasures),
    async [Symbol.asyncDispose]() {},
  } satisfies TokenStore)
}

function createRecords(
  { answers, notices, sequences }: MemoryRows,
  { keep, changes }: MemoryAudit,
  erasures: MemoryErasures,
): Pick<TokenStore, 'record' | 'history' | 'countChanges' | 'nextNumber' | 'prune'> {
  return {
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

    countChanges: async (id) => changes().filter(({ tokenId }) => tokenId === id).length,

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
  }
}

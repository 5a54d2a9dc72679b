import { nextTurn } from '@patkit/core/adapter'
import { refuseUnknownMembers, validCount, validLoggedId } from '../input/fields.ts'
import { DEFAULT_PAGE, LARGEST_PAGE } from '../listing/page-size.ts'
import { invalidInput } from '../token-error.ts'
import {
  type AuditFilterInput,
  auditFilter,
  eventCursor,
  readEventCursor,
  validInstant,
  validScope,
} from './audit-input.ts'
import type { AuditScope, AuditStore, EventPlace, LoggedEvent, LogPart } from './audit-store.ts'

export interface AuditListInput extends AuditFilterInput {
  /** 1 to 100, default 20. */
  readonly limit?: number
  /** `next` of the page before. New events shift nothing. */
  readonly cursor?: string
}

export interface AuditPage {
  readonly items: readonly LoggedEvent[]
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null
}

export interface PruneInput {
  /** Events before this instant are removed. */
  readonly before: Date
  /** Default `uses`. Changes are few and show who granted what: keep them longer. */
  readonly part?: LogPart
  /** The organization whose events are removed. Default: all events, those without an owner included. */
  readonly organizationId?: string
  /** Called after each batch with the number of events removed so far. */
  readonly onProgress?: (removed: number) => void
}

/**
 * Reads and clears the audit log. Calls are trusted: the caller decides whose events may be seen. A wrong input
 * rejects with a `TokenError` that names the field; errors of the store pass through.
 */
export interface AuditLog {
  /** A page, the newest first. */
  list(scope: AuditScope, input?: AuditListInput): Promise<AuditPage>
  /** All events, oldest first, read page by page on demand. */
  read(scope: AuditScope, input?: AuditFilterInput): AsyncIterable<LoggedEvent>
  /** Removes old events in batches, so that writers wait for one batch at most. @returns the number of events */
  prune(input: PruneInput): Promise<number>
}

const READ_PAGE = 1_000
const PRUNE_BATCH = 1_000
const PARTS: readonly LogPart[] = ['uses', 'changes']

/**
 * The log on a store's events. Does no I/O until a method is called.
 *
 * @example
 * ```ts
 * import { createAuditLog, memoryStore } from '@patkit/tokens'
 *
 * const log = createAuditLog(memoryStore().audit)
 * const { items, next } = await log.list({ organizationId: 'acme' }, { outcome: 'denied' })
 * await log.prune({ before: new Date(Date.now() - 90 * 86_400_000) })
 * console.log(items.length, next)
 * ```
 */
export function createAuditLog(store: AuditStore): AuditLog {
  return Object.freeze({
    async list(scope: AuditScope, { limit = DEFAULT_PAGE, cursor, ...filter }: AuditListInput = {}) {
      const size = validCount('limit', limit, 1, LARGEST_PAGE)
      const found = await store.list({
        scope: validScope(scope),
        filter: auditFilter(filter),
        descending: true,
        after: cursor === undefined ? null : readEventCursor(cursor),
        limit: size + 1,
      })
      const items = found.slice(0, size)
      const last = items.at(-1)
      return { items, next: last !== undefined && found.length > size ? eventCursor(last) : null }
    },

    async *read(scope: AuditScope, input: AuditFilterInput = {}) {
      const query = { scope: validScope(scope), filter: auditFilter(input), descending: false, limit: READ_PAGE }
      let after: EventPlace | null = null
      do {
        const page: readonly LoggedEvent[] = await store.list({ ...query, after })
        yield* page
        if (page.length === READ_PAGE) await nextTurn()
        const last = page.at(-1)
        after = last !== undefined && page.length === READ_PAGE ? { at: last.at.getTime(), id: last.id } : null
      } while (after !== null)
    },

    async prune(input: PruneInput) {
      const pruneBatch = batchOf(store, input)
      let removed = 0
      for (;;) {
        const batch = await pruneBatch()
        removed += batch
        input.onProgress?.(removed)
        if (batch < PRUNE_BATCH) return removed
        await nextTurn()
      }
    },
  })
}

/** A field that is present without a value would remove more than intended: it is refused like a wrong one. */
function batchOf(store: AuditStore, input: PruneInput): () => Promise<number> {
  const { before, part = 'uses', organizationId, onProgress, ...unknown } = input
  refuseUnknownMembers(unknown)
  if (!PARTS.includes(part)) throw invalidInput('part', `must be one of ${PARTS.join(', ')}`)
  validInstant('before', before)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalidInput('onProgress', 'must be a function')
  if (!('organizationId' in input)) return () => store.prune(part, before, PRUNE_BATCH)
  const whose = validLoggedId('organizationId', organizationId as string)
  return () => store.pruneOrganization(whose, part, before, PRUNE_BATCH)
}

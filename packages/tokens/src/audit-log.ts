import {
  type AuditFilterInput,
  auditFilter,
  eventCursor,
  readEventCursor,
  validInstant,
  validScope,
} from './audit-input.ts'
import type { AuditScope, AuditStore, EventPlace, LoggedEvent, LogPart } from './audit-store.ts'
import { refuseUnknownMembers, validCount, validLoggedId } from './input.ts'
import { DEFAULT_PAGE, LARGEST_PAGE } from './page-size.ts'
import { invalidInput } from './token-error.ts'

export interface AuditListInput extends AuditFilterInput {
  /** 1 to 100, default 20. */
  readonly limit?: number
  /** `next` of the page before: events that are added move nothing. */
  readonly cursor?: string
}

export interface AuditPage {
  readonly items: readonly LoggedEvent[]
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null
}

export interface PruneInput {
  /** Events before this instant go. */
  readonly before: Date
  /** Default `uses`. Changes are few, and tell who may have done what: keep them longer. */
  readonly part?: LogPart
  /** Whose events go. Left out, those of everybody go, and of nobody. */
  readonly organizationId?: string
  /** Told after each batch how many have gone so far. */
  readonly onProgress?: (removed: number) => void
}

/**
 * Reads and clears the audit log. Calls are trusted: whose events may be seen is for the caller to know. Everything
 * rejects with a `TokenError` that names the member to blame; what the store throws goes through.
 */
export interface AuditLog {
  /** A page, the newest first. */
  list(scope: AuditScope, input?: AuditListInput): Promise<AuditPage>
  /** All events, the oldest first, read in pages as they are asked for. */
  read(scope: AuditScope, input?: AuditFilterInput): AsyncIterable<LoggedEvent>
  /** Removes old events, batch by batch: whoever writes meanwhile waits for no more than one. @returns how many */
  prune(input: PruneInput): Promise<number>
}

const READ_PAGE = 1_000
const PRUNE_BATCH = 1_000
const PARTS: readonly LogPart[] = ['uses', 'changes']

/** The log on a store's events: `createAuditLog(store.audit)`. Does no I/O until it is asked something. */
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

/** A member that is there and has no value would remove more than is meant: it is refused like a wrong one. */
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

/** SQLite works on this thread: requests come in between two batches. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

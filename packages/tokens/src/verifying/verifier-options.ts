import type { InvalidationChannel, TokenFormat, VerifierOptions } from '@patkit/core'
import type { ResolveMany, ScopeOptions } from '@patkit/core/adapter'
import { recordUnder } from '../lifecycle/lifetime.ts'
import type { LifeRules, StoredRecord, TokenStore } from '../stores/token-store.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { UsageBuffer } from './usage-buffer.ts'

/** The options of a verifier on this service: `patAuth({ ...tokens.verifierOptions, audit })`. */
export type TokenVerifierOptions = VerifierOptions<StoredRecord> & {
  readonly format: readonly TokenFormat[]
  readonly channel: InvalidationChannel
  readonly resolveMany: ResolveMany<StoredRecord>
}

export interface VerifierSource {
  readonly store: TokenStore
  readonly formats: readonly TokenFormat[]
  readonly scopeRules: ScopeOptions
  readonly channel: InvalidationChannel
  readonly life: LifeRules
  readonly usage: UsageBuffer
  /** Whether guards note the scopes that they are passed by. */
  readonly recordScopeUses: boolean
  readonly tasks: BackgroundTasks
  readonly clock: () => number
  readonly adopt: (record: StoredRecord) => Promise<void>
  readonly reused: (record: StoredRecord) => Promise<void>
}

const MAX_BATCH = 64
const ADOPTION_QUIET_MS = 1_000
const REUSE_QUIET_MS = 60_000

export function createVerifierOptions(source: VerifierSource): TokenVerifierOptions {
  const { store, usage, tasks, clock } = source

  /** Uses count before they are written. */
  function present(record: StoredRecord): StoredRecord {
    const noted = usage.lastUse(record.id)
    const used = Math.max(noted ?? 0, record.lastUsedAt?.getTime() ?? 0)
    return recordUnder(source.life, record, used === 0 ? null : new Date(used))
  }

  function onScopeUse(record: Readonly<StoredRecord>, scopes: readonly string[], at: number, clientIp: string | null) {
    if (record.awaitsAdoption !== undefined) usage.noteScopes(record, scopes, at, clientIp)
  }

  return Object.freeze({
    ...(source.recordScopeUses && { onScopeUse }),
    format: source.formats,
    channel: source.channel,
    clock,
    ...source.scopeRules,
    maxBatch: MAX_BATCH,
    async resolveMany(digests: readonly string[]) {
      const records = await store.resolveMany(digests)
      const now = clock()
      const presented = new Map<string, StoredRecord>()
      for (const [digest, record] of records) {
        presented.set(digest, present(record))
        const isReused = record.secretEndsAt !== null && now >= record.secretEndsAt.getTime()
        if (isReused) tasks.take(`reused ${digest}`, now, REUSE_QUIET_MS, () => source.reused(record))
      }
      return presented
    },
    onUse(record: Readonly<StoredRecord>, at: number, clientIp: string | null) {
      // The record comes from a format, not from the store: its id is another system's, and may equal one of ours.
      if (record.awaitsAdoption === undefined) return
      usage.note(record, at, clientIp)
      if (record.awaitsAdoption) {
        tasks.take(`adopt ${record.digest}`, at, ADOPTION_QUIET_MS, () => source.adopt(record))
      }
    },
  })
}

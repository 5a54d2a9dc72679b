import type { InvalidationChannel, TokenFormat, VerifierOptions } from '@patkit/core'
import type { ResolveMany, ScopeOptions } from '@patkit/core/adapter'
import type { Chores } from './chores.ts'
import { recordUnder } from './lifetime.ts'
import type { LifeRules, StoredRecord, TokenStore } from './store.ts'
import type { UseLedger } from './use-ledger.ts'

/** What a verifier needs of a token service: `patAuth({ ...tokens.verifierOptions, audit })`. */
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
  readonly ledger: UseLedger
  readonly chores: Chores
  readonly clock: () => number
  readonly adopt: (record: StoredRecord) => Promise<void>
  readonly reused: (record: StoredRecord) => Promise<void>
}

const MAX_BATCH = 64
const ADOPTION_QUIET_MS = 1_000
const REUSE_QUIET_MS = 60_000

export function verifierOptions(source: VerifierSource): TokenVerifierOptions {
  const { store, ledger, chores, clock } = source

  /** Uses count before they are written. */
  function present(record: StoredRecord): StoredRecord {
    const noted = ledger.lastUse(record.id)
    const used = Math.max(noted ?? 0, record.lastUsedAt?.getTime() ?? 0)
    return recordUnder(source.life, record, used === 0 ? null : new Date(used))
  }

  return Object.freeze({
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
        if (isReused) chores.take(`reused ${digest}`, now, REUSE_QUIET_MS, () => source.reused(record))
      }
      return presented
    },
    onUse(record: Readonly<StoredRecord>, at: number, clientIp: string | null) {
      // Read by a format, not by the store: an id of another system's, which may be one of ours by chance.
      if (record.awaitsAdoption === undefined) return
      ledger.note(record.id, at, clientIp)
      if (record.awaitsAdoption) {
        chores.take(`adopt ${record.digest}`, at, ADOPTION_QUIET_MS, () => source.adopt(record))
      }
    },
  })
}

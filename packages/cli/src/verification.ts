import { createVerifier, type DenyReason, type PatError } from '@patkit/core'
import type { Decision, RequestReader } from '@patkit/core/adapter'
import { recordUnder, type StoredRecord } from '@patkit/tokens'
import { type Database, databaseError } from './database.ts'
import { requireDatabase, requireFormat, type Settings } from './settings.ts'

/** A request as a token would come with, and what a route would ask of it. */
export interface Trial {
  readonly token: string
  readonly clientIp: string | null
  readonly scopes: readonly string[]
  readonly userRequired: boolean
}

export interface Verdict {
  readonly reason: DenyReason | null
  readonly tokenId: string | null
}

const reader: RequestReader<Trial> = {
  header: ({ token }) => `Bearer ${token}`,
  peer: ({ clientIp }) => clientIp,
  context: () => ({ id: null, method: '', path: null, route: null, userAgent: null }),
}

/**
 * Decides as a verifier on this database would, and leaves no trace: it is no use of the token, adopts no secret, and
 * a secret that has ended is not told as one that came back.
 */
export async function decideOn(trial: Trial, settings: Settings, { store }: Database, now: number): Promise<Verdict> {
  const faults: PatError[] = []
  const verifier = createVerifier<StoredRecord>({
    ...settings.rules.scopeOptions,
    format: [requireFormat(settings), ...settings.foreignFormats],
    clock: () => now,
    onError: (fault) => faults.push(fault),
    maxBatch: 1,
    async resolveMany(digests) {
      const records = await store.resolveMany(digests)
      return new Map(Array.from(records, ([digest, record]) => [digest, recordUnder(settings.rules.life, record)]))
    },
  })
  const verified = await verifier.verify(trial, reader)
  let decision: Decision<StoredRecord> = verified
  if (decision.ok && trial.userRequired) {
    decision = await verifier.authorize(verified, { kind: 'user', detail: null }, trial, reader)
  }
  if (decision.ok && trial.scopes.length > 0) {
    decision = await verifier.authorize(verified, { kind: 'all', scopes: trial.scopes }, trial, reader)
  }
  const [fault] = faults
  if (fault !== undefined) throw databaseError(requireDatabase(settings), fault.cause ?? fault)
  return decision.ok
    ? { reason: null, tokenId: decision.grant.record.id }
    : { reason: decision.reason, tokenId: decision.tokenId }
}

import type { AuditEvent, AuditSink } from './audit/event.ts'
import type { Decision } from './decision.ts'
import type { RequestReader } from './incoming-request.ts'
import { compileRecord, createListCompilers, type RegisteredRecord, type TokenRecord } from './lookup/record.ts'
import { type ScopeOptions, scopeRules } from './options.ts'
import { importedFormat } from './token/format.ts'
import { createVerifier, type Verifier } from './verifier.ts'

const CREDENTIAL = 'test'
const ANY_FORMAT = importedFormat({ name: 'test', maxLength: CREDENTIAL.length, accepts: () => true })

const EMPTY_RECORD: TokenRecord = {
  id: 'test-token',
  digest: 'test-digest',
  scopes: [],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: null,
}

/**
 * A verifier for tests of an API: every request has this record, regardless of its headers. Guards decide as in
 * production, with the given rules for scopes. Members left out are empty: no scopes, no acting user, no expiry.
 *
 * @example
 * ```ts
 * import { actingAs } from '@patkit/core/testing'
 * import { patAuth } from '@patkit/express'
 * import express from 'express'
 *
 * express().use(patAuth(actingAs({ scopes: ['drive:read'], userId: 'user-1' })))
 * ```
 *
 * @throws PatError `ERR_PAT_RECORD_INVALID` naming the member that is wrong
 * @throws TypeError naming the option that is wrong
 */
export function actingAs<R extends TokenRecord = RegisteredRecord>(
  record: Partial<NoInfer<R>>,
  options: ScopeOptions = {},
): Verifier<R> {
  const full = { ...EMPTY_RECORD, ...record } as R
  compileRecord(full, full.digest, createListCompilers(scopeRules(options)))
  const verifier = createVerifier<R>({ ...options, format: ANY_FORMAT, resolve: (digest) => ({ ...full, digest }) })
  const holding = <Q>(reader: RequestReader<Q>) => ({ ...reader, header: () => `Bearer ${CREDENTIAL}` })
  return Object.freeze({
    ...verifier,
    verify: <Q>(request: Q, reader: RequestReader<Q>) => verifier.verify(request, holding(reader)),
    verifyAgain: <Q>(verified: Decision<R>, request: Q, reader: RequestReader<Q>) =>
      verifier.verifyAgain(verified, request, holding(reader)),
  })
}

/** A sink that keeps events in memory, for tests: each id once, in the order of their first arrival. */
export interface MemorySink extends AuditSink {
  readonly events: readonly AuditEvent[]
}

/**
 * @example
 * ```ts
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { memorySink } from '@patkit/core/testing'
 *
 * const sink = memorySink()
 * const format = tokenFormat({ prefix: 'acme_pat' })
 * const verifier = createVerifier({ format, resolve: () => null, audit: { mode: 'background', sink } })
 * await verifier.flush()
 * console.log(sink.events)
 * ```
 */
export function memorySink(): MemorySink {
  const kept = new Map<string, AuditEvent>()
  return Object.freeze({
    async write(events: readonly AuditEvent[]) {
      for (const event of events) kept.set(event.id, event)
    },
    get events() {
      return [...kept.values()]
    },
  })
}

import { parseAddress } from './address/address.ts'
import { type Awaitable, andThen, notify } from './async.ts'
import { createAuditor } from './audit/auditor.ts'
import { type Challenge, createChallenger } from './challenge.ts'
import { MALFORMED } from './credential.ts'
import {
  compiledOf,
  type Decision,
  type Denied,
  type Grant,
  type Requirement,
  refuse,
  UNAVAILABLE,
} from './decision.ts'
import { orSystemTime, type PatError, reportingClock, reportSeldom, type SeldomReport } from './errors.ts'
import { createRequestIntake, type IncomingRequest, type RequestReader } from './incoming-request.ts'
import { createFailureBudget, type FailureBudget } from './limit/failure-budget.ts'
import type { Invalidation } from './lookup/invalidation.ts'
import { createLookups, type LookupHealth } from './lookup/lookups.ts'
import type { RegisteredRecord, TokenRecord } from './lookup/record.ts'
import { createVerdicts, judge } from './lookup/verdict.ts'
import { varyOf } from './middleware/vary.ts'
import { type VerifierOptions, type VerifierSettings, verifierSettings } from './options.ts'
import { permission } from './policy.ts'
import { createScopeUses } from './scope/scope-uses.ts'
import { createSettlement } from './settlement.ts'
import { cacheKey } from './token/digest.ts'

export interface Verifier<R extends TokenRecord> {
  /** Decides about one request: at once on a cache hit, else, or under `required` audit, with a promise. Never rejects. */
  verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
  /** Decides whether a request that was verified meets a requirement. Waits only for a denial's `required` audit. */
  authorize<Q>(verified: Decision<R>, need: Requirement, request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
  /**
   * Decides about a verified request anew, for long operations: by memory or a lookup, policy and ceiling as they
   * are now, with the address of the first time. The credential is read from the request once more. Only a denial is
   * audited, as `refused`.
   */
  verifyAgain<Q>(verified: Decision<R>, request: Q, reader: RequestReader<Q>): Promise<Decision<R>>
  /** Puts the denial of a guard on record. Waits only for `required` audit. */
  refuse<Q>(grant: Grant<R>, denied: Denied, request: Q, reader: RequestReader<Q>): Awaitable<Denied>
  /** The HTTP answer for a denial. `requestId` goes into the body. */
  challenge(denied: Denied, requestId: string | null): Challenge
  /**
   * Makes a change known. Once it has returned, no lookup that began earlier can allow on this node; the promise
   * resolves when the channel has taken the message. Failures of the channel go to `onError`.
   */
  invalidate(what: Invalidation): Promise<void>
  readonly health: Health
  /** Resolves when all audit events so far are written, folded ones too, or a write has failed. */
  flush(): Promise<void>
  /** Resolves when the writes that are under way are done, and starts none. Made for `waitUntil`. */
  settled(): Promise<void>
  /** The names of the headers that are looked at for a credential, for the `Vary` of every answer (RFC 9110 §12.5.5). */
  readonly vary: string
  /** Passes a fault to `onError`, for adapters. */
  report(fault: PatError): void
  /** Leaves the channel, and writes what the audit still holds. */
  close(): Promise<void>
}

export interface Health extends LookupHealth {
  /** Audit events that are not yet written; folded ones count once. */
  readonly auditWaiting: number
  /** Uses whose audit events were lost since the start. */
  readonly auditDropped: number
  /** Requests since the start with a peer or a forwarded address that could not be read. */
  readonly unreadableAddresses: number
}

/**
 * Builds a verifier. Does no I/O, starts no timer and draws no randomness.
 *
 * @example
 * ```ts
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { patAuth } from '@patkit/express'
 * import express from 'express'
 *
 * const verifier = createVerifier({ format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => null })
 * express().use(patAuth(verifier))
 * await verifier.invalidate({ kind: 'principal', id: 'user-1' })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function createVerifier<R extends TokenRecord = RegisteredRecord>(options: VerifierOptions<R>): Verifier<R> {
  const settings = verifierSettings(options)
  const report = (fault: PatError) =>
    void notify(
      () => settings.onError(fault),
      () => {},
    )
  const clock = reportingClock(settings.clock, report)
  const auditor = createAuditor(settings.audit, report)
  const seldom = reportSeldom(report, clock)
  const failures = failureBudget(settings, seldom)
  const tracksDenials = failures === null ? auditor.listening : () => true
  const intake = createRequestIntake({ ...settings, tracksDenials, report, seldom })
  const lookups = createLookups<R>({ ...settings, clock }, report)
  const verdicts = createVerdicts<R>({ formats: settings.formats, lookups, failures, clock, report })
  const noteScopes =
    settings.onScopeUse === null ? null : createScopeUses(settings.onScopeUse, orSystemTime(clock), report)
  const settlement = createSettlement<R>({ auditor, lookups, verdicts, failures, onUse: settings.onUse, clock, report })

  function decide<Q>(incoming: IncomingRequest<Q>): Awaitable<Decision<R>> {
    const { credential, client } = incoming
    if (typeof credential !== 'string') return settlement.settle(incoming, '', credential, null, null)
    const key = cacheKey(credential)
    const now = clock()
    const cached = lookups.getCached(key, now)
    if (cached !== undefined) return settlement.settle(incoming, key, judge(cached, client, now), cached, now)
    return andThen(verdicts.resolveCredential(key, credential, client), ({ decision, lookup, at }) =>
      settlement.settle(incoming, key, decision, lookup, at),
    )
  }

  /** Without an event. */
  async function decideAgain<Q>({ credential, client }: IncomingRequest<Q>): Promise<Decision<R>> {
    if (typeof credential !== 'string') return credential
    try {
      const key = cacheKey(credential)
      const now = clock()
      const cached = lookups.getCached(key, now)
      return cached === undefined
        ? (await verdicts.resolveCredential(key, credential, client)).decision
        : judge(cached, client, now)
    } catch {
      // The clock has failed, and reported it.
      return UNAVAILABLE
    }
  }

  return Object.freeze({
    verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>> {
      const incoming = intake.read(request, reader)
      try {
        return decide(incoming)
      } catch {
        // The clock has failed, and reported it: nothing can be decided without the time.
        return settlement.settle(incoming, '', UNAVAILABLE, null, Date.now())
      }
    },

    authorize<Q>(
      verified: Decision<R>,
      need: Requirement,
      request: Q,
      reader: RequestReader<Q>,
    ): Awaitable<Decision<R>> {
      if (!verified.ok) return settlement.refuse(verified, null, request, reader)
      const { grant } = verified
      const record = compiledOf(grant)
      const reason = permission(record, need)
      if (reason !== null) return settlement.refuse(refuse(reason, record.exposed.id, need), grant, request, reader)
      noteScopes?.(grant, need)
      return verified
    },

    async verifyAgain<Q>(verified: Decision<R>, request: Q, reader: RequestReader<Q>): Promise<Decision<R>> {
      if (!verified.ok) return verified
      const { record, clientIp } = verified.grant
      const client = clientIp === null ? null : parseAddress(clientIp)
      const decision = await decideAgain(intake.readAgain(request, reader, client))
      if (decision.ok && decision.grant.record.id === record.id) return decision
      const denied = decision.ok ? MALFORMED : decision
      return settlement.refuse(denied, verified.grant, request, reader)
    },

    refuse<Q>(grant: Grant<R>, denied: Denied, request: Q, reader: RequestReader<Q>): Awaitable<Denied> {
      return settlement.refuse(denied, grant, request, reader)
    },

    challenge: createChallenger(settings),
    invalidate: lookups.invalidate,
    get health() {
      const { waiting: auditWaiting, dropped: auditDropped } = auditor
      return { ...lookups.health, auditWaiting, auditDropped, unreadableAddresses: intake.unreadableAddresses }
    },
    flush: auditor.flush,
    settled: auditor.settled,
    vary: varyOf(settings.places),
    report,
    async close() {
      await Promise.all([lookups.close(), auditor.close()])
    },
  })
}

function failureBudget<R extends TokenRecord>(
  { failureLimit, resolveTimeoutMs }: VerifierSettings<R>,
  seldom: SeldomReport,
): FailureBudget | null {
  if (failureLimit === null) return null
  return createFailureBudget(failureLimit, resolveTimeoutMs, seldom)
}

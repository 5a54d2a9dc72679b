import { type Address, parseAddress } from './address/address.ts'
import { createClientAddress, type HopReason } from './address/client-address.ts'
import { UNIX_PEER } from './address/socket-peer.ts'
import { type Awaitable, andThen, notify } from './async.ts'
import { createAuditor, type WrittenEvent } from './audit/auditor.ts'
import type { RequestContext } from './audit/event.ts'
import { createUseAudit, type Withdrawal } from './audit/use-audit.ts'
import { type Challenge, createChallenger } from './challenge.ts'
import { compilePlaces, MALFORMED } from './credential.ts'
import { compiledOf, type Decision, type Denied, type Grant, type Requirement, refuse } from './decision.ts'
import { orSystemTime, PatError, reportingClock, reportSeldom } from './errors.ts'
import type { Lookup } from './lookup/cache.ts'
import type { Invalidation } from './lookup/invalidation.ts'
import { createLookups, type LookupHealth } from './lookup/lookups.ts'
import type { CompiledRecord, RegisteredRecord, TokenRecord } from './lookup/record.ts'
import { createVerdicts, isSameOutcome, judge, UNAVAILABLE, type Verdict } from './lookup/verdict.ts'
import { varyOf } from './middleware/vary.ts'
import { type VerifierOptions, verifierSettings } from './options.ts'
import { permission } from './policy.ts'
import { printable } from './text.ts'
import { cacheKey } from './token/digest.ts'

/** How an adapter's requests are read. One constant per adapter; nothing is allocated per request. */
export interface RequestReader<Q> {
  /** All lines of a header joined with `, ` (RFC 9110 §5.3), or `null`. `name` is lower-case. */
  header(request: Q, name: string): string | null
  /** The address at the other end of the connection, `'unix'` for a unix socket, or `null` where none is known. */
  peer(request: Q): string | null
  /** Whether the server may have dropped header lines of the request. Left out where a runtime never does. */
  isTruncated?(request: Q): boolean
  context(request: Q): RequestContext
}

export interface Verifier<R extends TokenRecord> {
  /** Decides about one request: at once on a cache hit, else, or under `required` audit, with a promise. Never rejects. */
  verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
  /** Decides whether a request that was verified meets a requirement. Waits only for a denial's `required` audit. */
  authorize<Q>(verified: Decision<R>, need: Requirement, request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
  /**
   * Decides about a verified request anew, for what goes on for long: by memory or a lookup, policy and ceiling as they
   * are now, with the address of the first time. The credential is read from the request once more. Only a denial is
   * audited, as `refused`.
   */
  verifyAgain<Q>(verified: Decision<R>, request: Q, reader: RequestReader<Q>): Promise<Decision<R>>
  /** The HTTP answer for a denial. `requestId` goes into the body. */
  challenge(denied: Denied, requestId: string | null): Challenge
  /**
   * Makes a change known. Once it has returned, no lookup that began earlier can allow on this node; the promise
   * resolves when the channel has taken the message. What the channel fails with goes to `onError`.
   */
  invalidate(what: Invalidation): Promise<void>
  readonly health: Health
  /** Resolves when all audit events so far are written, folded ones too, or a write has failed. */
  flush(): Promise<void>
  /** Resolves when the writes that are under way are done, and starts none. What `waitUntil` is given. */
  settled(): Promise<void>
  /** The names of the headers that are looked at for a credential, for the `Vary` of every answer (RFC 9110 §12.5.5). */
  readonly vary: string
  /** Tells `onError` of a fault, as an adapter meets them. */
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

/** A request that is being verified, and what was read of it before anything was awaited. */
interface IncomingRequest<Q> {
  readonly request: Q
  readonly reader: RequestReader<Q>
  readonly credential: string | Denied
  readonly client: Address | null
}

/** How often a decision is repeated because a change has overtaken the writing of its event. */
const MOST_REPEATS = 3

const TRUNCATED = 'refused a request with as many header lines as the server reads: it may have had more'

/**
 * Builds a verifier. Does no I/O, starts no timer and draws no randomness.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createVerifier<R extends TokenRecord = RegisteredRecord>(options: VerifierOptions<R>): Verifier<R> {
  const settings = verifierSettings(options)
  const { formats, places, onUse } = settings
  const report = (fault: PatError) =>
    void notify(
      () => settings.onError(fault),
      () => {},
    )
  const clock = reportingClock(settings.clock, report)
  const seldom = reportSeldom(report, clock)
  const auditor = createAuditor(settings.audit, report)
  const audit = createUseAudit<R>(auditor, orSystemTime(clock))
  const readCredential = compilePlaces(places)
  const maxLength = Math.max(...formats.map((format) => format.maxLength))
  let unreadableAddresses = 0
  const clientAddress = createClientAddress(settings.proxies, noteHop)
  const lookups = createLookups<R>({ ...settings, clock }, report)
  const verdicts = createVerdicts<R>({ formats, lookups, clock, report })

  /** A proxy writes what cannot be read, or the runtime gives it as the peer: allowlists refuse everybody behind it. */
  function noteHop(text: string | null, _address: Address | null, reason: HopReason, from: 'peer' | 'header'): void {
    if (reason !== 'unreadable' || text === null || text === UNIX_PEER) return
    unreadableAddresses++
    const place = from === 'peer' ? 'the peer' : settings.proxies.header
    const message = `${place} is not an address: ${JSON.stringify(printable(text))}`
    seldom(new PatError('ERR_PAT_ADDRESS_UNREADABLE', message), `address of ${from}`)
  }

  function readRequest<Q>(request: Q, reader: RequestReader<Q>): IncomingRequest<Q> {
    try {
      if (reader.isTruncated?.(request) === true) {
        seldom(new PatError('ERR_PAT_HEADERS_TRUNCATED', TRUNCATED))
        return { request, reader, credential: MALFORMED, client: null }
      }
      const credential = readCredential(request, reader, maxLength)
      // Skips the client address when a denial will not be audited.
      const needsClient = typeof credential === 'string' || auditor.listening()
      return { request, reader, credential, client: needsClient ? clientAddress(request, reader) : null }
    } catch (cause) {
      report(new PatError('ERR_PAT_REQUEST_UNREADABLE', 'request could not be read', cause))
      return { request, reader, credential: UNAVAILABLE, client: null }
    }
  }

  function decide<Q>(incoming: IncomingRequest<Q>): Awaitable<Decision<R>> {
    const { credential, client } = incoming
    if (typeof credential !== 'string') return settle(incoming, '', credential, null, null)
    const key = cacheKey(credential)
    const now = clock()
    const known = lookups.recall(key, now)
    if (known !== undefined) return settle(incoming, key, judge(known, client, now), known, now)
    return andThen(verdicts.lookUp(key, credential, client), ({ decision, lookup, at }) =>
      settle(incoming, key, decision, lookup, at),
    )
  }

  /** Emits the event of a decision and answers with it; under `required` audit once the event is durable. */
  function settle<Q>(
    incoming: IncomingRequest<Q>,
    key: string,
    decision: Decision<R>,
    lookup: Lookup<CompiledRecord<R>> | null,
    at: number | null,
  ): Awaitable<Decision<R>> {
    const written = auditor.listening() ? emitUse(incoming, decision, lookup?.value ?? null, at) : null
    return written === null ? notifyUse(decision, at) : confirm(incoming, key, { decision, lookup, at }, written)
  }

  /**
   * Waits until the event is durable. Where a change has overtaken the lookup meanwhile, the token is looked up and
   * decided again. If that changes the outcome, a second event withdraws the first before the request is answered.
   */
  async function confirm<Q>(
    incoming: IncomingRequest<Q>,
    key: string,
    first: Verdict<R>,
    written: WrittenEvent,
  ): Promise<Decision<R>> {
    const subject = first.lookup?.value ?? null
    const withdraws = written.id
    let verdict = first
    let event: WrittenEvent | null = written
    for (let attempt = 1; event !== null; attempt++) {
      if (!(await event.durable)) {
        emitUse(incoming, UNAVAILABLE, subject, null, { withdraws, awaited: false })
        return UNAVAILABLE
      }
      const { lookup, decision } = verdict
      if (lookup === null || lookups.admits(lookup)) break
      verdict = attempt <= MOST_REPEATS ? await decideAgain(incoming, key) : verdicts.outOfDate()
      if (isSameOutcome(verdict.decision, decision)) continue
      const record = verdict.lookup?.value ?? subject
      event = emitUse(incoming, verdict.decision, record, verdict.at, { withdraws, awaited: true })
    }
    return notifyUse(verdict.decision, verdict.at)
  }

  function decideAgain<Q>({ credential, client }: IncomingRequest<Q>, key: string): Awaitable<Verdict<R>> {
    return verdicts.lookUp(key, credential as string, client)
  }

  function emitUse<Q>(
    { request, reader, client }: IncomingRequest<Q>,
    decision: Decision<R>,
    record: CompiledRecord<R> | null,
    at: number | null,
    withdrawal?: Withdrawal,
  ): WrittenEvent | null {
    const clientIp = client === null ? null : client.text
    return audit.emit({ kind: 'use', decision, record, clientIp, at }, request, reader, withdrawal)
  }

  /** Called last, since what a listener does about a use may overtake the lookup. */
  function notifyUse(decision: Decision<R>, at: number | null): Decision<R> {
    if (decision.ok && onUse !== null) {
      const { record, clientIp } = decision.grant
      notify(() => onUse(record, at as number, clientIp), useListenerFailed)
    }
    return decision
  }

  function useListenerFailed(cause: unknown): void {
    report(new PatError('ERR_PAT_USE_UNHEARD', 'onUse failed', cause))
  }

  async function again<Q>(request: Q, reader: RequestReader<Q>, clientIp: string | null): Promise<Decision<R>> {
    try {
      const credential = readCredential(request, reader, maxLength)
      if (typeof credential !== 'string') return credential
      const client = clientIp === null ? null : parseAddress(clientIp)
      const key = cacheKey(credential)
      const now = clock()
      const known = lookups.recall(key, now)
      if (known !== undefined) return judge(known, client, now)
      return (await verdicts.lookUp(key, credential, client)).decision
    } catch (cause) {
      report(new PatError('ERR_PAT_REQUEST_UNREADABLE', 'request could not be read', cause))
      return UNAVAILABLE
    }
  }

  /** Emits the event of a guard's denial and answers with it; under `required` audit once the event is durable. */
  function refused<Q>(denied: Denied, grant: Grant<R> | null, request: Q, reader: RequestReader<Q>): Awaitable<Denied> {
    const record = grant === null ? null : compiledOf(grant)
    const use = { kind: 'refused', decision: denied, record, clientIp: grant?.clientIp ?? null, at: null } as const
    const written = audit.emit(use, request, reader)
    if (written === null) return denied
    return written.durable.then((durable) => {
      if (durable) return denied
      audit.emit({ ...use, decision: UNAVAILABLE }, request, reader, { withdraws: written.id, awaited: false })
      return UNAVAILABLE
    })
  }

  return Object.freeze({
    verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>> {
      const incoming = readRequest(request, reader)
      try {
        return decide(incoming)
      } catch {
        // The clock has failed, and reported it: nothing can be decided without the time.
        return settle(incoming, '', UNAVAILABLE, null, Date.now())
      }
    },

    authorize<Q>(
      verified: Decision<R>,
      need: Requirement,
      request: Q,
      reader: RequestReader<Q>,
    ): Awaitable<Decision<R>> {
      if (!verified.ok) return refused(verified, null, request, reader)
      const { grant } = verified
      const record = compiledOf(grant)
      const reason = permission(record, need)
      return reason === null ? verified : refused(refuse(reason, record.exposed.id, need), grant, request, reader)
    },

    async verifyAgain<Q>(verified: Decision<R>, request: Q, reader: RequestReader<Q>): Promise<Decision<R>> {
      if (!verified.ok) return verified
      const { record, clientIp } = verified.grant
      const decision = await again(request, reader, clientIp)
      if (decision.ok && decision.grant.record.id === record.id) return decision
      const denied = decision.ok ? MALFORMED : decision
      return refused(denied, verified.grant, request, reader)
    },

    challenge: createChallenger(settings),
    invalidate: lookups.invalidate,
    get health() {
      const { waiting: auditWaiting, dropped: auditDropped } = auditor
      return { ...lookups.health, auditWaiting, auditDropped, unreadableAddresses }
    },
    flush: auditor.flush,
    settled: auditor.settled,
    vary: varyOf(places),
    report,
    async close() {
      await Promise.all([lookups.close(), auditor.close()])
    },
  })
}

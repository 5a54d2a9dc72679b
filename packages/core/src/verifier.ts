import type { Address } from './address.ts'
import { createAuditor } from './audit.ts'
import { type RequestContext, type UseEvent, useEvent } from './audit-event.ts'
import { type Awaitable, andThen } from './awaitable.ts'
import { type Challenge, createChallenger } from './challenge.ts'
import { createClientAddress } from './client-ip.ts'
import { bareCredential, bearerCredential, MALFORMED } from './credential.ts'
import { allow, compiledOf, type Decision, type Denied, deny, type Requirement, refuse } from './decision.ts'
import { cacheKey } from './digest.ts'
import { PatError } from './errors.ts'
import type { Invalidation } from './invalidation.ts'
import { notify } from './listener.ts'
import type { Lookup } from './lookup-cache.ts'
import { createLookups, type LookupHealth } from './lookups.ts'
import { type VerifierOptions, verifierSettings } from './options.ts'
import { admission, permission } from './policy/index.ts'
import type { CompiledRecord, RegisteredRecord, TokenRecord } from './record.ts'
import type { Sought } from './resolver.ts'
import { formatOf, isReadable, type TokenFormat } from './token-format.ts'

/** How an adapter's requests are read. One constant per adapter; nothing is allocated per request. */
export interface RequestReader<Q> {
  /** All lines of a header joined with `, ` (RFC 9110 §5.3), or `null`. `name` is lower-case. */
  header(request: Q, name: string): string | null
  /** The address at the other end of the connection, `'unix'` for a unix socket, or `null` where none is known. */
  peer(request: Q): string | null
  context(request: Q): RequestContext
}

export interface Verifier<R extends TokenRecord> {
  /** Decides about one request: at once on a cache hit, else, or under `required` audit, with a promise. Never rejects. */
  verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
  /** Decides whether a request that was verified meets a requirement. Waits only for a denial's `required` audit. */
  authorize<Q>(verified: Decision<R>, need: Requirement, request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
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
}

interface Arrival {
  readonly credential: string | Denied
  readonly client: Address | null
}

/** How often the resolver is asked for one request while its answers are out of date. */
const MOST_LOOKUPS = 3

const FOREIGN: Denied = Object.freeze(deny('malformed_token'))
const UNKNOWN: Denied = Object.freeze(deny('unknown_token'))
const UNAVAILABLE: Denied = Object.freeze(deny('unavailable'))

/**
 * Builds a verifier. Does no I/O, starts no timer and draws no randomness.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createVerifier<R extends TokenRecord = RegisteredRecord>(options: VerifierOptions<R>): Verifier<R> {
  const settings = verifierSettings(options)
  const { formats, header, clock, onUse } = settings
  const report = (fault: PatError) =>
    void notify(
      () => settings.onError(fault),
      () => {},
    )
  const auditor = createAuditor(settings.audit, report)
  const readCredential = header === 'authorization' ? bearerCredential : bareCredential
  const maxLength = Math.max(...formats.map((format) => format.maxLength))
  const clientAddress = createClientAddress(settings.proxies)
  const lookups = createLookups<R>(settings, report)

  /** What a request brings, read before anything is awaited. Of a denial that nobody hears of, no more than that. */
  function arrive<Q>(request: Q, reader: RequestReader<Q>): Arrival {
    try {
      const credential = readCredential(reader.header(request, header), maxLength)
      const unheard = typeof credential !== 'string' && !auditor.listening()
      return unheard ? { credential, client: null } : { credential, client: clientAddress(request, reader) }
    } catch (cause) {
      report(new PatError('ERR_PAT_REQUEST_UNREADABLE', 'request could not be read', cause))
      return { credential: UNAVAILABLE, client: null }
    }
  }

  /** What to look for. Only a format that has to is waited for. */
  function recognise(credential: string): Awaitable<Sought | Denied> {
    try {
      const format = formatOf(credential, formats)
      if (format === null) return isReadable(credential, formats) ? FOREIGN : MALFORMED
      const genuine = format.check(credential)
      const next = (passed: boolean) => (passed === true ? soughtBy(format, credential) : FOREIGN)
      // Whatever is no plain answer is waited for: a promise need not be one of this realm.
      return typeof genuine === 'boolean' ? next(genuine) : Promise.resolve(genuine).then(next).catch(formatFailed)
    } catch (cause) {
      return formatFailed(cause)
    }
  }

  function formatFailed(cause: unknown): Denied {
    report(new PatError('ERR_PAT_FORMAT_FAILED', 'token format failed', cause))
    return UNAVAILABLE
  }

  /** Decides with what a lookup says. What it found may have been overtaken by a change: then it is asked again. */
  async function look<Q>(
    key: string,
    sought: Sought,
    client: Address | null,
    request: Q,
    reader: RequestReader<Q>,
  ): Promise<Decision<R>> {
    try {
      for (let attempt = 0; attempt < MOST_LOOKUPS; attempt++) {
        const lookup = await lookups.find(key, sought)
        if (lookup === null) return dismiss(FOREIGN, client, request, reader)
        const now = clock()
        if (lookups.usable(lookup, now)) return await decide(lookup, client, now, request, reader)
      }
    } catch {
      return dismiss(UNAVAILABLE, client, request, reader)
    }
    report(new PatError('ERR_PAT_RECORD_STALE', `the resolver answered ${MOST_LOOKUPS} times with what is out of date`))
    return dismiss(UNAVAILABLE, client, request, reader)
  }

  function decide<Q>(
    lookup: Lookup<CompiledRecord<R>>,
    client: Address | null,
    now: number,
    request: Q,
    reader: RequestReader<Q>,
  ): Awaitable<Decision<R>> {
    const record = lookup.value
    if (record === null) return dismiss(UNKNOWN, client, request, reader)
    const reason = admission(record, now, client)
    const clientIp = client === null ? null : client.text
    const decision = reason === null ? allow(record, clientIp) : deny(reason, record.exposed.id)
    const recorded = onRecord('use', decision, record, clientIp, now, request, reader)
    if (!(recorded instanceof Promise)) return told(recorded, now)
    // While its event was written, a change may have overtaken the lookup.
    return recorded.then((late) => told(lookups.admits(lookup) ? late : UNAVAILABLE, now))
  }

  /** Not before it is let in: what a listener does about a use may overtake the lookup, too. */
  function told(decision: Decision<R>, now: number): Decision<R> {
    if (decision.ok && onUse !== null) {
      const { record, clientIp } = decision.grant
      notify(() => onUse(record, now, clientIp), useUnheard)
    }
    return decision
  }

  function useUnheard(cause: unknown): void {
    report(new PatError('ERR_PAT_USE_UNHEARD', 'onUse failed', cause))
  }

  function dismiss<Q>(denied: Denied, client: Address | null, request: Q, reader: RequestReader<Q>): Denied {
    onRecord('use', denied, null, client === null ? null : client.text, null, request, reader)
    return denied
  }

  /** Records a decision. It counts once its event is durable, where that is waited for. */
  function onRecord<Q>(
    kind: UseEvent['kind'],
    decision: Decision<R>,
    record: CompiledRecord<R> | null,
    clientIp: string | null,
    now: number | null,
    request: Q,
    reader: RequestReader<Q>,
  ): Awaitable<Decision<R>> {
    if (!auditor.listening()) return decision
    const written = auditor.emit((stamp) =>
      useEvent(stamp(now ?? clock()), kind, decision, record, clientIp, reader.context(request)),
    )
    return written === null ? decision : written.then((durable) => (durable ? decision : UNAVAILABLE))
  }

  return Object.freeze({
    verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>> {
      const { credential, client } = arrive(request, reader)
      if (typeof credential !== 'string') return dismiss(credential, client, request, reader)
      const key = cacheKey(credential)
      const now = clock()
      const known = lookups.recall(key, now)
      if (known !== undefined) return decide(known, client, now, request, reader)
      return andThen(recognise(credential), (sought) =>
        'ok' in sought ? dismiss(sought, client, request, reader) : look(key, sought, client, request, reader),
      )
    },

    authorize<Q>(
      verified: Decision<R>,
      need: Requirement,
      request: Q,
      reader: RequestReader<Q>,
    ): Awaitable<Decision<R>> {
      if (!verified.ok) return onRecord('refused', verified, null, null, null, request, reader)
      const record = compiledOf(verified.grant)
      const reason = permission(record, need)
      if (reason === null) return verified
      const denied = refuse(reason, record.exposed.id, need)
      return onRecord('refused', denied, record, verified.grant.clientIp, null, request, reader)
    },

    challenge: createChallenger(settings),
    invalidate: lookups.invalidate,
    get health() {
      return { ...lookups.health, auditWaiting: auditor.waiting, auditDropped: auditor.dropped }
    },
    flush: auditor.flush,
    settled: auditor.settled,
    report,
    async close() {
      await Promise.all([lookups.close(), auditor.close()])
    },
  })
}

function soughtBy(format: TokenFormat, credential: string): Sought {
  const digests = format.digests(credential)
  if (!Array.isArray(digests)) throw new TypeError(`the digests of format ${format.name} must be an array`)
  const { read } = format
  return { digests, read: read === undefined ? null : (lookup) => read.call(format, credential, lookup) }
}

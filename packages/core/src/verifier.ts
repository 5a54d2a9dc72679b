import type { Address } from './address.ts'
import { createAuditor } from './audit.ts'
import { type RequestContext, useEvent } from './audit-event.ts'
import { type Awaitable, andThen } from './awaitable.ts'
import { type Challenge, createChallenger } from './challenge.ts'
import { createClientAddress } from './client-ip.ts'
import { bareCredential, bearerCredential, MALFORMED } from './credential.ts'
import {
  type Allowed,
  allow,
  compiledOf,
  type Decision,
  type Denied,
  deny,
  type Requirement,
  refuse,
} from './decision.ts'
import { cacheKey } from './digest.ts'
import { PatError } from './errors.ts'
import type { Invalidation } from './invalidation.ts'
import { notify } from './listener.ts'
import type { Lookup } from './lookup-cache.ts'
import { createLookups, type LookupHealth } from './lookups.ts'
import { type VerifierOptions, verifierSettings } from './options.ts'
import { admission, permission } from './policy/index.ts'
import type { CompiledRecord, RegisteredRecord, TokenRecord } from './record.ts'
import { formatOf, isReadable } from './token-format.ts'

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
  /** Resolves when the audit events so far are written, or a write has failed: for `waitUntil` on Workers. */
  flush(): Promise<void>
  /** Leaves the channel, and writes what the audit still holds. */
  close(): Promise<void>
}

export interface Health extends LookupHealth {
  /** Audit events lost since the start. */
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
  const { formats, header, clock } = settings
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

  /** The digests that a credential may be stored under. Only a format that has to is waited for. */
  function recognise(credential: string): Awaitable<readonly string[] | Denied> {
    try {
      const format = formatOf(credential, formats)
      if (format === null) return isReadable(credential, formats) ? FOREIGN : MALFORMED
      const genuine = format.check(credential)
      const next = (passed: boolean) => (passed ? format.digests(credential) : FOREIGN)
      return genuine instanceof Promise ? genuine.then(next).catch(formatFailed) : next(genuine)
    } catch (cause) {
      return formatFailed(cause)
    }
  }

  function formatFailed(cause: unknown): Denied {
    report(new PatError('ERR_PAT_FORMAT_FAILED', 'token format failed', cause))
    return UNAVAILABLE
  }

  /** Decides with what the resolver says. What it found may have been overtaken by a change: then it is asked again. */
  async function look<Q>(
    key: string,
    digests: readonly string[],
    client: Address | null,
    request: Q,
    reader: RequestReader<Q>,
  ): Promise<Decision<R>> {
    try {
      for (let attempt = 0; attempt < MOST_LOOKUPS; attempt++) {
        const lookup = await lookups.find(key, digests)
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
    if (!auditor.listening()) return decision
    return onRecord(
      decision,
      auditor.emit((stamp) => useEvent(stamp(now), 'use', decision, record, clientIp, reader.context(request))),
    )
  }

  function dismiss<Q>(denied: Denied, client: Address | null, request: Q, reader: RequestReader<Q>): Denied {
    if (auditor.listening()) {
      const clientIp = client === null ? null : client.text
      auditor.emit((stamp) => useEvent(stamp(clock()), 'use', denied, null, clientIp, reader.context(request)))
    }
    return denied
  }

  return Object.freeze({
    verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>> {
      const { credential, client } = arrive(request, reader)
      if (typeof credential !== 'string') return dismiss(credential, client, request, reader)
      const key = cacheKey(credential)
      const now = clock()
      const known = lookups.recall(key, now)
      if (known !== undefined) return decide(known, client, now, request, reader)
      return andThen(recognise(credential), (digests) =>
        'ok' in digests ? dismiss(digests, client, request, reader) : look(key, digests, client, request, reader),
      )
    },

    authorize<Q>(
      verified: Decision<R>,
      need: Requirement,
      request: Q,
      reader: RequestReader<Q>,
    ): Awaitable<Decision<R>> {
      const record = verified.ok ? compiledOf(verified.grant) : null
      const decision = verified.ok ? permit(verified, need) : verified
      if (decision.ok || !auditor.listening()) return decision
      const clientIp = verified.ok ? verified.grant.clientIp : null
      return onRecord(
        decision,
        auditor.emit((stamp) =>
          useEvent(stamp(clock()), 'refused', decision, record, clientIp, reader.context(request)),
        ),
      )
    },

    challenge: createChallenger(settings),
    invalidate: lookups.invalidate,
    get health() {
      return { ...lookups.health, auditDropped: auditor.dropped }
    },
    flush: auditor.flush,
    async close() {
      await lookups.close()
      await auditor.close()
    },
  })
}

/** A decision counts once its event is durable, where that is waited for. */
function onRecord<R extends TokenRecord>(
  decision: Decision<R>,
  written: Promise<boolean> | null,
): Awaitable<Decision<R>> {
  return written === null ? decision : written.then((durable) => (durable ? decision : UNAVAILABLE))
}

function permit<R extends TokenRecord>(allowed: Allowed<R>, need: Requirement): Decision<R> {
  const record = compiledOf(allowed.grant)
  const reason = permission(record, need)
  return reason === null ? allowed : refuse(reason, record.exposed.id, need)
}

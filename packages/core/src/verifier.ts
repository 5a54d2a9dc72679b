import type { Address } from './address.ts'
import { createAuditor, type RequestContext, useEvent } from './audit.ts'
import { type Challenge, createChallenger } from './challenge.ts'
import { createClientAddress } from './client-ip.ts'
import { bareCredential, bearerCredential, MALFORMED } from './credential.ts'
import {
  allow,
  compiledOf,
  type Decision,
  type Denied,
  deny,
  type Grant,
  type Requirement,
  refuse,
} from './decision.ts'
import { cacheKey } from './digest.ts'
import { PatError } from './errors.ts'
import { notify } from './listener.ts'
import { createLookupCache } from './lookup-cache.ts'
import { type VerifierOptions, verifierSettings } from './options.ts'
import { admission, lifetime, permission } from './policy/index.ts'
import type { CompiledRecord, RegisteredRecord, TokenRecord } from './record.ts'
import { createLookup } from './resolver.ts'
import { formatOf, isReadable } from './token-format.ts'

type Awaitable<T> = T | Promise<T>

/** How an adapter's requests are read. One constant per adapter; nothing is allocated per request. */
export interface RequestReader<Q> {
  /** All lines of a header joined with `, ` (RFC 9110 §5.3), or `null`. `name` is lower-case. */
  header(request: Q, name: string): string | null
  /** The address at the other end of the connection, `'unix'` for a unix socket, or `null` where none is known. */
  peer(request: Q): string | null
  context(request: Q): RequestContext
}

export interface Verifier<R extends TokenRecord> {
  /** Decides about one request: at once on a cache hit, else with a promise that never rejects. */
  verify<Q>(request: Q, reader: RequestReader<Q>): Awaitable<Decision<R>>
  /** Decides whether a grant meets a requirement. Only denials are audited. */
  authorize<Q>(grant: Grant<R>, need: Requirement, request: Q, reader: RequestReader<Q>): Decision<R>
  /** The HTTP answer for a denial. `requestId` goes into the body. */
  challenge(denied: Denied, requestId: string | null): Challenge
}

interface Arrival {
  readonly credential: string | Denied
  readonly client: Address | null
}

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
    notify(
      () => settings.onError(fault),
      () => {},
    )
  const auditor = createAuditor(settings.audit, report)
  const readCredential = header === 'authorization' ? bearerCredential : bareCredential
  const maxLength = Math.max(...formats.map((format) => format.maxLength))
  const clientAddress = createClientAddress(settings.proxies)
  const lookUp = createLookup(settings.resolve, settings.resolveTimeoutMs)
  const cache = createLookupCache<CompiledRecord<R>>({
    maxEntries: settings.cacheEntries,
    maxNegativeEntries: settings.negativeEntries,
    maxPending: settings.maxPendingLookups,
    freshUntil,
    clock,
    report,
  })

  /** A dead or unknown token may yet come to life, so it is remembered briefly; a live one never beyond its end. */
  function freshUntil(record: CompiledRecord<R> | null, begunAt: number): number {
    if (record === null || lifetime(record, begunAt) !== null) return begunAt + settings.negativeTtlMs
    return Math.min(begunAt + settings.cacheTtlMs, record.expiresAt, record.secretEndsAt)
  }

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

  /** What to make of a credential that is not remembered. Only the resolver, or a format that has to, is waited for. */
  function investigate(credential: string, key: string): Denied | Promise<CompiledRecord<R> | Denied> {
    try {
      const format = formatOf(credential, formats)
      if (format === null) return isReadable(credential, formats) ? FOREIGN : MALFORMED
      const genuine = format.check(credential)
      const next = (passed: boolean) => (passed ? resolved(format.digests(credential), key) : FOREIGN)
      return genuine instanceof Promise ? genuine.then(next).catch(formatFailed) : next(genuine)
    } catch (cause) {
      return formatFailed(cause)
    }
  }

  function formatFailed(cause: unknown): Denied {
    report(new PatError('ERR_PAT_FORMAT_FAILED', 'token format failed', cause))
    return UNAVAILABLE
  }

  async function resolved(digests: readonly string[], key: string): Promise<CompiledRecord<R> | Denied> {
    try {
      const lookup = await cache.fetch(key, () => lookUp(digests))
      return lookup.value ?? UNKNOWN
    } catch {
      return UNAVAILABLE
    }
  }

  function admit<Q>(
    record: CompiledRecord<R>,
    client: Address | null,
    now: number,
    request: Q,
    reader: RequestReader<Q>,
  ): Decision<R> {
    const reason = admission(record, now, client)
    const clientIp = client === null ? null : client.text
    const decision = reason === null ? allow(record, clientIp) : deny(reason, record.id)
    if (auditor.listening()) {
      auditor.emit((stamp) => useEvent(stamp(now), 'use', decision, record, clientIp, reader.context(request)))
    }
    return decision
  }

  function dismiss<Q>(denied: Denied, client: Address | null, request: Q, reader: RequestReader<Q>): Denied {
    if (auditor.listening()) {
      const clientIp = client === null ? null : client.text
      auditor.emit((stamp) => useEvent(stamp(clock()), 'use', denied, null, clientIp, reader.context(request)))
    }
    return denied
  }

  return Object.freeze({
    verify<Q>(request: Q, reader: RequestReader<Q>) {
      const { credential, client } = arrive(request, reader)
      if (typeof credential !== 'string') return dismiss(credential, client, request, reader)
      const key = cacheKey(credential)
      const now = clock()
      const known = cache.get(key, now)
      if (known !== undefined) {
        return known.value === null
          ? dismiss(UNKNOWN, client, request, reader)
          : admit(known.value, client, now, request, reader)
      }
      const found = investigate(credential, key)
      if (!(found instanceof Promise)) return dismiss(found, client, request, reader)
      return found.then((late) =>
        'ok' in late ? dismiss(late, client, request, reader) : admit(late, client, clock(), request, reader),
      )
    },

    authorize<Q>(grant: Grant<R>, need: Requirement, request: Q, reader: RequestReader<Q>): Decision<R> {
      const record = compiledOf(grant)
      const reason = permission(record, need)
      if (reason === null) return { ok: true, grant }
      const denied = refuse(reason, record.id, need)
      if (auditor.listening()) {
        auditor.emit((stamp) =>
          useEvent(stamp(clock()), 'refused', denied, record, grant.clientIp, reader.context(request)),
        )
      }
      return denied
    },

    challenge: createChallenger(settings),
  })
}

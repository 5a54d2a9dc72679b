import type { Address } from '../address/address.ts'
import { type Awaitable, andThen } from '../async.ts'
import { MALFORMED } from '../credential.ts'
import { allow, type Decision, type Denied, deny, UNAVAILABLE } from '../decision.ts'
import { PatError } from '../errors.ts'
import type { FailureBudget } from '../limit/failure-budget.ts'
import { admission } from '../policy.ts'
import { formatOf, isReadable, type TokenFormat } from '../token/format.ts'
import type { Lookup } from './cache.ts'
import type { Lookups } from './lookups.ts'
import type { CompiledRecord, TokenRecord } from './record.ts'
import type { LookupRequest } from './resolver.ts'

/** A decision, and the lookup that it rests on: `null` where no record could be read. */
export interface Verdict<R extends TokenRecord> {
  readonly decision: Decision<R>
  readonly lookup: Lookup<CompiledRecord<R>> | null
  /** When it was decided, in epoch milliseconds; `null` where no clock was read. */
  readonly at: number | null
}

/** Decides about credentials that are not remembered. Faults have been reported, and answer `unavailable`. */
export interface Verdicts<R extends TokenRecord> {
  /** The verdict after a lookup. One that a change has overtaken is repeated. Only a format or a lookup is waited for. */
  resolveCredential(key: string, credential: string, client: Address | null): Awaitable<Verdict<R>>
  /** The verdict where every lookup was overtaken by a change. */
  outOfDate(): Verdict<R>
}

export interface VerdictOptions<R extends TokenRecord> {
  readonly formats: readonly TokenFormat[]
  readonly lookups: Lookups<R>
  readonly failures: FailureBudget | null
  readonly clock: () => number
  readonly report: (fault: PatError) => void
}

/** How often the resolver is asked for one request while its answers are out of date. */
const MOST_LOOKUPS = 3

const FOREIGN: Denied = Object.freeze(deny('malformed_token'))
const UNKNOWN: Denied = Object.freeze(deny('unknown_token'))

export function createVerdicts<R extends TokenRecord>(options: VerdictOptions<R>): Verdicts<R> {
  const { formats, lookups, failures, clock, report } = options

  /** What to look up. */
  function recognise(credential: string): Awaitable<LookupRequest | Denied> {
    try {
      const format = formatOf(credential, formats)
      if (format === null) return isReadable(credential, formats) ? FOREIGN : MALFORMED
      const genuine = format.check(credential)
      const next = (passed: boolean) => (passed === true ? lookupRequestOf(format, credential) : FOREIGN)
      // Any other value than a boolean is awaited: a promise need not be one of this realm.
      return typeof genuine === 'boolean' ? next(genuine) : Promise.resolve(genuine).then(next).catch(formatFailed)
    } catch (cause) {
      return formatFailed(cause)
    }
  }

  function formatFailed(cause: unknown): Denied {
    report(new PatError('ERR_PAT_FORMAT_FAILED', 'token format failed', cause))
    return UNAVAILABLE
  }

  async function afterLookup(key: string, lookupRequest: LookupRequest, client: Address | null): Promise<Verdict<R>> {
    const limited = failures === null ? null : await failures.ask(client)
    if (limited !== null) return without(limited)
    try {
      for (let attempt = 0; attempt < MOST_LOOKUPS; attempt++) {
        const lookup = await lookups.find(key, lookupRequest)
        if (lookup === null) return without(FOREIGN)
        const at = clock()
        if (lookups.usable(lookup, at)) return { decision: judge(lookup, client, at), lookup, at }
      }
    } catch {
      return without(UNAVAILABLE)
    }
    return outOfDate()
  }

  function outOfDate(): Verdict<R> {
    report(new PatError('ERR_PAT_RECORD_STALE', `${MOST_LOOKUPS} lookups in a row were out of date`))
    return without(UNAVAILABLE)
  }

  return {
    resolveCredential(key, credential, client) {
      return andThen(recognise(credential), (lookupRequest) =>
        'ok' in lookupRequest ? without<R>(lookupRequest) : afterLookup(key, lookupRequest, client),
      )
    },
    outOfDate,
  }
}

/** What the policy says of a lookup. */
export function judge<R extends TokenRecord>(
  lookup: Lookup<CompiledRecord<R>>,
  client: Address | null,
  now: number,
): Decision<R> {
  const record = lookup.value
  if (record === null) return UNKNOWN
  const reason = admission(record, now, client)
  return reason === null ? allow(record, client === null ? null : client.text) : deny(reason, record.exposed.id)
}

/** Whether two decisions read the same in the audit log. */
export function isSameOutcome<R extends TokenRecord>(one: Decision<R>, other: Decision<R>): boolean {
  if (one.ok && other.ok) return one.grant.record.id === other.grant.record.id
  return !one.ok && !other.ok && one.reason === other.reason && one.tokenId === other.tokenId
}

function without<R extends TokenRecord>(decision: Denied): Verdict<R> {
  return { decision, lookup: null, at: null }
}

function lookupRequestOf(format: TokenFormat, credential: string): LookupRequest {
  const digests = format.digests(credential)
  if (!Array.isArray(digests)) throw new TypeError(`the digests of format ${format.name} must be an array`)
  const { read } = format
  return { digests, read: read === undefined ? null : (lookup) => read.call(format, credential, lookup) }
}

import { compileProxies, type ForwardedHeader, type TrustedProxies } from './address/client-address.ts'
import type { Audit, AuditSettings } from './audit/auditor.ts'
import type { CredentialPlace } from './credential.ts'
import type { PatError } from './errors.ts'
import { type FailureLimit, failureLimitOf } from './limit/failure-budget.ts'
import type { InvalidationChannel } from './lookup/channel.ts'
import type { TokenRecord } from './lookup/record.ts'
import type { Resolver } from './lookup/resolver.ts'
import {
  callable,
  flag,
  LONGEST_TIMER_MS,
  oneOf,
  printableText,
  refuseUnknownOptions,
  seconds,
  webUrl,
  wholeNumber,
  wrongOption,
} from './option-checks.ts'
import { isExactScope } from './scope/scope.ts'
import type { ScopeRules } from './scope/scope-set.ts'
import type { TokenFormat } from './token/format.ts'

/** How granted scopes and ceilings are read. */
export interface ScopeOptions {
  /**
   * Whether `*` as a whole segment matches one segment, and as the last one everything below. Default `false`: a scope
   * that holds `*` matches nothing.
   */
  readonly wildcards?: boolean
  /** Scopes that grant others as well, without wildcards: `{ 'drive:write': ['drive:read'] }`. Default none. */
  readonly implies?: Readonly<Record<string, readonly string[]>>
}

/**
 * How a verifier works, and how it finds records: `resolve`, or `resolveMany` with `maxBatch`. Read once, when it is
 * built; never changed.
 */
export type VerifierOptions<R extends TokenRecord> = Resolver<R> & VerifierSwitches & UseListener<R>

export interface UseListener<R extends TokenRecord> {
  /**
   * Called for each allowed use, cached or not, under `required` audit once it is on record: `at` in epoch
   * milliseconds, `clientIp` canonical, or `null` if unknown. A token store keeps its last uses by it. Called on
   * the path of every request, so keep it fast. Also called for records that a format has read itself.
   */
  readonly onUse?: (record: Readonly<R>, at: number, clientIp: string | null) => void
  /**
   * Called for each guard that a request passes by its scopes: the required scopes that the token holds, `at` and
   * `clientIp` as above. Called on the path of requests, so keep it fast. Default: guards do nothing for it.
   */
  readonly onScopeUse?: (record: Readonly<R>, scopes: readonly string[], at: number, clientIp: string | null) => void
}

export interface VerifierSwitches extends ScopeOptions {
  /** The tokens to accept; with several, the first that accepts a credential decides. */
  readonly format: TokenFormat | readonly TokenFormat[]
  /** Receives every use and refusal. */
  readonly audit?: Audit
  /** Carries invalidations between nodes. Without one, `invalidate` reaches this verifier alone. */
  readonly channel?: InvalidationChannel
  /** How long a node trusts its cache without a message from the channel. Default 10. */
  readonly leaseSeconds?: number
  /** Called with every fault of the resolver, its records, the channel and the audit. Default: `console.error`. */
  readonly onError?: (fault: PatError) => void
  /** The `realm` of challenges: printable ASCII. Default `api`. */
  readonly realm?: string
  /** URL of the protected resource's metadata, named in challenges (RFC 9728 §5.1). */
  readonly resourceMetadata?: string
  /** The header to read. Default `authorization`; another one holds the bare token. */
  readonly header?: string
  /**
   * The places in which a credential may come, in the place of `header`: each a header and the scheme before the
   * credential, without which the header holds nothing else. A request with credentials in two of them is answered 400.
   */
  readonly credentials?: readonly CredentialPlace[]
  /** The answer to a client whose address is not in the allowlist: `conceal` is 401, as for an unknown token; `forbidden`
   * is 403. Default `conceal`. */
  readonly ipDenied?: 'conceal' | 'forbidden'
  /**
   * Addresses and CIDR ranges of the proxies that may state client addresses, and `'unix'` for proxies that connect
   * through a unix socket. Default none: the client is the peer, and no header is read.
   */
  readonly trustedProxies?: readonly string[]
  /** The header those proxies write; the other one is not read. Default `x-forwarded-for`. */
  readonly forwardedHeader?: ForwardedHeader
  /** How long a resolver's answer may be used again. Default 60. */
  readonly cacheTtlSeconds?: number
  /** How many records are remembered. Default 10 000. */
  readonly cacheEntries?: number
  /** How long a token stays unknown, revoked or expired without asking again. Default 5. */
  readonly negativeTtlSeconds?: number
  /** How many unknown tokens are remembered, apart from the records. Default 1000. */
  readonly negativeEntries?: number
  /** How many lookups may be under way; past it requests are answered 503. Default 1000. */
  readonly maxPendingLookups?: number
  /** How many calls of the resolver may be under way; others wait in order, within `resolveTimeoutMs`. Default 32. */
  readonly maxConcurrentLookups?: number
  /** How long a lookup may take. Default 5000. */
  readonly resolveTimeoutMs?: number
  /**
   * Limits how often credentials from one client address may fail, before a lookup: 429 with `Retry-After`. What the
   * cache allows is never refused. Default: no limit.
   */
  readonly failureLimit?: FailureLimit
  /** The time, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** Options with their defaults, checked. */
export interface VerifierSettings<R extends TokenRecord> {
  readonly formats: readonly TokenFormat[]
  readonly resolver: Resolver<R>
  readonly audit: AuditSettings | null
  readonly channel: InvalidationChannel | null
  readonly leaseMs: number
  readonly onUse: NonNullable<UseListener<R>['onUse']> | null
  readonly onScopeUse: NonNullable<UseListener<R>['onScopeUse']> | null
  readonly onError: (fault: PatError) => void
  readonly realm: string
  readonly resourceMetadata: string | null
  /** With header names in lower case. */
  readonly places: readonly CredentialPlace[]
  readonly ipDenied: 'conceal' | 'forbidden'
  readonly proxies: TrustedProxies
  readonly cacheTtlMs: number
  readonly cacheEntries: number
  readonly negativeTtlMs: number
  readonly negativeEntries: number
  readonly maxPendingLookups: number
  readonly maxConcurrentLookups: number
  readonly resolveTimeoutMs: number
  readonly failureLimit: Required<FailureLimit> | null
  readonly scopeRules: ScopeRules
  readonly clock: () => number
}

/**
 * @throws TypeError naming the option that is wrong, unknown ones included
 */
export function verifierSettings<R extends TokenRecord>(options: VerifierOptions<R>): VerifierSettings<R> {
  if (typeof options !== 'object' || options === null) throw new TypeError('patkit options must be an object')
  const { resolver, onUse, onScopeUse, rest: switches } = resolverOf(options)
  const { format, audit, onError, channel, leaseSeconds, realm, resourceMetadata, header, ipDenied, clock, ...rest } =
    switches
  const {
    cacheTtlSeconds,
    cacheEntries,
    negativeTtlSeconds,
    negativeEntries,
    maxPendingLookups,
    maxConcurrentLookups,
    resolveTimeoutMs,
    trustedProxies,
    forwardedHeader,
    wildcards = false,
    implies = {},
    credentials,
    failureLimit,
    ...unknown
  } = rest
  refuseUnknownOptions(unknown)
  return {
    formats: formats(format),
    resolver,
    audit: audit === undefined ? null : auditOf(audit),
    channel: channel === undefined ? null : channelOf(channel),
    leaseMs: seconds('leaseSeconds', leaseSeconds ?? 10),
    onUse,
    onScopeUse,
    onError: onError === undefined ? (fault) => console.error(fault) : callable('onError', onError),
    realm: printableText('realm', realm ?? 'api'),
    resourceMetadata: resourceMetadata === undefined ? null : webUrl('resourceMetadata', resourceMetadata),
    places: placesOf(header, credentials),
    ipDenied: oneOf('ipDenied', ipDenied ?? 'conceal', ['conceal', 'forbidden']),
    proxies: proxySettings(trustedProxies, forwardedHeader),
    cacheTtlMs: seconds('cacheTtlSeconds', cacheTtlSeconds ?? 60),
    cacheEntries: wholeNumber('cacheEntries', cacheEntries ?? 10_000),
    negativeTtlMs: seconds('negativeTtlSeconds', negativeTtlSeconds ?? 5),
    negativeEntries: wholeNumber('negativeEntries', negativeEntries ?? 1_000),
    maxPendingLookups: wholeNumber('maxPendingLookups', maxPendingLookups ?? 1_000),
    maxConcurrentLookups: wholeNumber('maxConcurrentLookups', maxConcurrentLookups ?? 32),
    resolveTimeoutMs: wholeNumber('resolveTimeoutMs', resolveTimeoutMs ?? 5_000, LONGEST_TIMER_MS),
    failureLimit: failureLimit === undefined ? null : failureLimitOf(failureLimit),
    scopeRules: scopeRules({ wildcards, implies }),
    clock: clock === undefined ? Date.now : callable('clock', clock),
  }
}

/** @throws TypeError naming the option that is wrong */
export function proxySettings(
  entries: readonly string[] = [],
  header: ForwardedHeader = 'x-forwarded-for',
): TrustedProxies {
  const known = oneOf('forwardedHeader', header, ['x-forwarded-for', 'forwarded'])
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'string'))
    throw wrongOption('trustedProxies', 'must be an array of strings')
  try {
    return compileProxies(entries, known)
  } catch (cause) {
    throw wrongOption('trustedProxies', `must hold addresses, CIDR ranges and 'unix': ${(cause as RangeError).message}`)
  }
}

/** @throws TypeError naming the option that is wrong, unknown ones included */
export function scopeRules({ wildcards = false, implies = {}, ...unknown }: ScopeOptions): ScopeRules {
  refuseUnknownOptions(unknown)
  return { wildcards: flag('wildcards', wildcards), implies: implications('implies', implies) }
}

/** What of the options knows the type of the records, and the rest. */
function resolverOf<R extends TokenRecord>({
  onUse: useListener,
  onScopeUse: scopeListener,
  ...options
}: VerifierOptions<R>): Pick<VerifierSettings<R>, 'resolver' | 'onUse' | 'onScopeUse'> & {
  readonly rest: VerifierSwitches
} {
  const onUse = useListener === undefined ? null : callable('onUse', useListener)
  const onScopeUse = scopeListener === undefined ? null : callable('onScopeUse', scopeListener)
  if ('resolveMany' in options) {
    const { resolveMany, maxBatch, ...rest } = options
    callable('resolveMany', resolveMany)
    return { resolver: { resolveMany, maxBatch: wholeNumber('maxBatch', maxBatch) }, onUse, onScopeUse, rest }
  }
  const { resolve, ...rest } = options
  return { resolver: { resolve: callable('resolve', resolve) }, onUse, onScopeUse, rest }
}

function auditOf(audit: Audit): AuditSettings {
  if (typeof audit === 'function') return audit
  if (typeof audit?.sink?.write !== 'function')
    throw wrongOption('audit', 'must be a function, or have a sink with write')
  const { mode, sink, capacity = 10_000, timeoutMs = 1_000, ...unknown } = audit
  refuseUnknownOptions(unknown, 'audit.')
  return {
    mode: oneOf('audit.mode', mode, ['background', 'required']),
    sink,
    capacity: wholeNumber('audit.capacity', capacity),
    timeoutMs: wholeNumber('audit.timeoutMs', timeoutMs, LONGEST_TIMER_MS),
  }
}

function channelOf(channel: InvalidationChannel): InvalidationChannel {
  if (typeof channel?.publish === 'function' && typeof channel.subscribe === 'function') return channel
  throw wrongOption('channel', 'must have publish and subscribe')
}

function formats(format: TokenFormat | readonly TokenFormat[]): readonly TokenFormat[] {
  const list = [format].flat()
  const isFormat = (value: TokenFormat) =>
    typeof value?.accepts === 'function' &&
    typeof value.digests === 'function' &&
    (value.read === undefined || typeof value.read === 'function')
  if (list.length === 0 || !list.every(isFormat))
    throw wrongOption('format', 'must be a token format or a list of them')
  return list
}

const BEARER_PLACE: CredentialPlace = Object.freeze({ header: 'authorization', scheme: 'Bearer' })

function placesOf(
  header: string | undefined,
  credentials: readonly CredentialPlace[] | undefined,
): readonly CredentialPlace[] {
  if (credentials === undefined) {
    const name = headerName('header', header ?? 'authorization')
    return [name === 'authorization' ? BEARER_PLACE : { header: name, scheme: null }]
  }
  if (header !== undefined) throw wrongOption('header', 'cannot be combined with "credentials"')
  if (!Array.isArray(credentials) || credentials.length === 0)
    throw wrongOption('credentials', 'must be a non-empty array of places')
  const places = credentials.map((place, index) => placeOf(`credentials[${index}]`, place))
  const names = places.map(({ header: name, scheme }) => `${name} ${scheme?.toLowerCase() ?? ''}`)
  const repeated = names.findIndex((name, index) => names.indexOf(name) < index)
  if (repeated !== -1) throw wrongOption(`credentials[${repeated}]`, 'repeats an earlier place')
  return places
}

function placeOf(path: string, place: CredentialPlace): CredentialPlace {
  if (typeof place !== 'object' || place === null)
    throw wrongOption(path, 'must be an object with "header" and "scheme"')
  const { header, scheme = null, ...unknown } = place
  refuseUnknownOptions(unknown, `${path}.`)
  const isScheme = scheme === null || (typeof scheme === 'string' && TOKEN.test(scheme))
  if (!isScheme) throw wrongOption(`${path}.scheme`, 'must be the name of an authentication scheme, or null')
  return { header: headerName(`${path}.header`, header), scheme }
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function headerName(name: string, value: string): string {
  if (typeof value !== 'string' || !TOKEN.test(value)) throw wrongOption(name, 'must be a header name')
  return value.toLowerCase()
}

function implications(name: string, value: object): ReadonlyMap<string, readonly string[]> {
  // A Map would be taken for an object without members.
  if (Object.prototype.toString.call(value) !== '[object Object]') throw wrongOption(name, 'must be an object')
  return new Map(Object.entries(value).map(([scope, implied]) => [scope, exactScopes(name, scope, implied)]))
}

function exactScopes(name: string, scope: string, implied: unknown): readonly string[] {
  if (!Array.isArray(implied)) throw wrongOption(name, `must have an array of scopes for ${JSON.stringify(scope)}`)
  for (const exact of [scope, ...implied]) {
    if (!isExactScope(exact)) throw wrongOption(name, `must name exact scopes, not ${JSON.stringify(exact)}`)
  }
  return [...implied]
}

import type { RegisteredRecord, TokenRecord } from '@patkit/core'
import {
  type Awaitable,
  LONGEST_TIMER_MS,
  type ResolveContext,
  refuseUnknownOptions,
  wrongOption,
} from '@patkit/core/adapter'
import { isAlgorithm, isSymmetric, type JwtAlgorithm } from './algorithms.ts'
import type { JwtClaims } from './claims.ts'
import { issuerKey, type JwtKey } from './issuer-key.ts'
import { createKeySet, type KeySchedule } from './key-set.ts'
import { mediaType, type Profile } from './profile.ts'

/** The members of a record that a hook returns. Digest and expiry are those of the JWT. */
export type JwtRecord<R extends TokenRecord = RegisteredRecord> = Partial<Omit<R, 'digest' | 'expiresAt'>> & {
  readonly digest?: never
  readonly expiresAt?: never
}

/** One issuer, and what its tokens must be. */
export type JwtIssuer<R extends TokenRecord = RegisteredRecord> = IssuerRules & KeySource & Mapping<R> & LiveLookup<R>

export interface IssuerRules {
  /**
   * The `iss` of its tokens, compared exactly (RFC 8725 §3.8). With `{tid}` in it, `iss` must be this text with the
   * token's own `tid` in that place: see `tenants`.
   */
  readonly issuer: string
  /** The tenants whose tokens are accepted, as UUIDs: for an `issuer` with `{tid}`. */
  readonly tenants?: readonly string[]
  /** Accepts every tenant of the provider, strangers' included: for an `issuer` with `{tid}`, in place of `tenants`. */
  readonly anyTenant?: boolean
  /** What the audience must be, or have in it; of a list, any (RFC 8725 §3.9). */
  readonly audience: string | readonly string[]
  /** The claim that is compared with `audience`. Default `aud`. Any other gives up the check of `aud`. */
  readonly audienceClaim?: string
  /**
   * The claims that may name the subject; the first that is there counts. Default `sub` alone. One that names the
   * client, such as `client_id` or `azp`, gives a service principal and no user.
   */
  readonly subjectClaims?: readonly string[]
  /**
   * The claims that may hold the scopes, each as a string with spaces or a list; the first that is there counts.
   * Default `scope`, a string, else `scp`, a string or a list.
   */
  readonly scopeClaims?: readonly string[]
  /** Whether the subject of genuine claims is a client, which acts for no user. */
  readonly isClient?: (claims: JwtClaims) => boolean
  /** The claim that names the organization. Default: no claim does. A token without it is refused. */
  readonly organizationClaim?: string
  /** The algorithms it signs with: all with shared secrets, or all with key pairs. */
  readonly algorithms: readonly JwtAlgorithm[]
  /**
   * The `typ` header, with or without `application/`; of a list, any. `null` is a header without `typ`. Default
   * `at+jwt`: access tokens (RFC 9068 §4). Any other gives up what tells access tokens from ID tokens: use
   * `isAccessToken` then.
   */
  readonly typ?: string | null | readonly (string | null)[]
  /** Whether genuine claims belong to an access token. `false` refuses the token. Default: all do. */
  readonly isAccessToken?: (claims: JwtClaims) => boolean
  /** Fetches keys over plain http from any host. An attacker on the network can then sign tokens. Default `false`. */
  readonly allowHttpJwks?: boolean
}

export type KeySource =
  | {
      /** URL of the key set it publishes: https, or http on the loopback interface or with `allowHttpJwks`. */
      readonly jwks: string
      readonly key?: never
    }
  | {
      /** Its public key, or the secret shared with it: at least as long as the hash (RFC 7518 §3.2). */
      readonly key: JwtKey
      readonly jwks?: never
    }

/**
 * Maps claims to a record. Members left out have their default: `id` from `jti`, `principalId` from the subject, and
 * `userId`, too, unless the subject is a client; `scopes` as `scopeClaims` says. A throw answers 503 and is reported.
 */
export type RecordOf<R extends TokenRecord> = (claims: JwtClaims) => JwtRecord<R> & Omit<R, keyof TokenRecord>

/** Required if the registered record has members of its own. */
export type Mapping<R extends TokenRecord> =
  Record<never, never> extends Omit<R, keyof TokenRecord>
    ? { readonly record?: RecordOf<R> }
    : { readonly record: RecordOf<R> }

export interface LiveLookup<R extends TokenRecord> {
  /**
   * Looks up the current state, which a JWT cannot hold: `ceiling`, `disabled`, `revokedAt`, `version`. Asked at every lookup,
   * never for a token that is not genuine. `null` answers 401 as for an unknown token; a throw answers 503 and is
   * reported.
   */
  readonly resolve?: (claims: JwtClaims, lookup: ResolveContext) => Awaitable<JwtRecord<R> | null | undefined>
}

export interface JwtFormatOptions<R extends TokenRecord = RegisteredRecord> {
  /** Whose JWTs to accept, each once. */
  readonly issuers: readonly JwtIssuer<R>[]
  /** How far the issuers' clocks may be off: 0 to 60 seconds. Default 0. Tokens live longer by it. */
  readonly clockToleranceSeconds?: number
  /** In characters. Default 8192. */
  readonly maxLength?: number
  /** How long fetched keys may be used. Default 600. */
  readonly keysMaxAgeSeconds?: number
  /** How long after a fetch no other is made for a key that is not in the set. Default 30. */
  readonly keysCooldownSeconds?: number
  /** How long fetching keys may take. Default 3000; keep it below the verifier's `resolveTimeoutMs`. */
  readonly keysTimeoutMs?: number
  /** The time, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** Options with their defaults, checked. */
export interface JwtSettings {
  readonly findIssuer: FindIssuer
  readonly maxLength: number
  readonly toleranceMs: number
  readonly clock: () => number
}

export interface IssuerSettings {
  readonly profile: Profile
  readonly record: (claims: JwtClaims) => object
  readonly resolve: (claims: JwtClaims, lookup: ResolveContext) => Awaitable<object | null | undefined>
}

const MOST_TOLERANCE_SECONDS = 60
/** What a Node server takes of headers. */
const LONGEST_JWT = 16_384
const VISIBLE = /^[\x21-\x7e]+$/
const TENANT_PLACE = '{tid}'
const TENANT = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/
const WHOLE_TENANT = new RegExp(`^${TENANT.source}$`)
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @throws TypeError naming the option that is wrong, unknown ones included */
export function jwtSettings(options: JwtFormatOptions<TokenRecord>): JwtSettings {
  if (typeof options !== 'object' || options === null) throw new TypeError('jwtFormat: options must be an object')
  const { issuers, clock = Date.now, clockToleranceSeconds = 0, maxLength = 8_192, ...rest } = options
  const { keysMaxAgeSeconds = 600, keysCooldownSeconds = 30, keysTimeoutMs = 3_000, ...unknown } = rest
  refuseUnknownOptions(unknown)
  if (typeof clock !== 'function') throw wrongOption('clock', 'must be a function')
  const schedule: KeySchedule = {
    maxAgeMs: number('keysMaxAgeSeconds', keysMaxAgeSeconds, 1) * 1_000,
    cooldownMs: number('keysCooldownSeconds', keysCooldownSeconds, 1) * 1_000,
    timeoutMs: whole('keysTimeoutMs', keysTimeoutMs, LONGEST_TIMER_MS),
    clock,
  }
  return {
    findIssuer: issuerSettings(issuers, schedule),
    maxLength: whole('maxLength', maxLength, LONGEST_JWT),
    toleranceMs: number('clockToleranceSeconds', clockToleranceSeconds, 0, MOST_TOLERANCE_SECONDS) * 1_000,
    clock,
  }
}

/** Finds the profile of the issuer that a token claims. */
type FindIssuer = (iss: string) => IssuerSettings | undefined

function issuerSettings(issuers: readonly JwtIssuer<TokenRecord>[], schedule: KeySchedule): FindIssuer {
  if (!Array.isArray(issuers) || issuers.length === 0) throw wrongOption('issuers', 'must be a list of issuers')
  const exact = new Map<string, IssuerSettings>()
  const ofAnyTenant = new Map<string, IssuerSettings>()
  for (const [index, issuer] of issuers.entries()) {
    const path = `issuers[${index}].`
    const one = issuerOf(issuer, path, schedule)
    const map = issuer.anyTenant === true ? ofAnyTenant : exact
    for (const name of issuerNames(issuer)) {
      if (map.has(name)) throw wrongOption(`${path}issuer`, 'is listed twice')
      map.set(name, one)
    }
  }
  return (iss) => exact.get(iss) ?? ofAnyTenant.get(iss.replace(TENANT, TENANT_PLACE))
}

function issuerNames({ issuer, tenants }: JwtIssuer<TokenRecord>): readonly string[] {
  return tenants === undefined ? [issuer] : tenants.map((tid) => issuer.replace(TENANT_PLACE, tid))
}

function issuerOf(options: JwtIssuer<TokenRecord>, path: string, schedule: KeySchedule): IssuerSettings {
  const { issuer, tenants, anyTenant, audience, algorithms, jwks, key, allowHttpJwks, ...rest } = options ?? {}
  const { audienceClaim = 'aud', subjectClaims = ['sub'], scopeClaims, typ = 'at+jwt', ...hooks } = rest
  const { isAccessToken = always, isClient = never, record = nothing, resolve = nothing, ...others } = hooks
  const { organizationClaim, ...unknown } = others
  refuseUnknownOptions(unknown, path)
  text(`${path}issuer`, issuer)
  for (const [name, hook] of Object.entries({ isAccessToken, isClient, record, resolve })) {
    if (typeof hook !== 'function') throw wrongOption(path + name, 'must be a function')
  }
  if ((jwks === undefined) === (key === undefined))
    throw wrongOption(`${path}jwks`, 'or key must be given, and not both')
  const known = algorithmList(`${path}algorithms`, algorithms)
  const allowsHttp = flag(`${path}allowHttpJwks`, allowHttpJwks)
  const profile = {
    issuer,
    isTenant: tenantCheck(path, { issuer, tenants, anyTenant }),
    audience: textList(`${path}audience`, audience),
    audienceClaim: text(`${path}audienceClaim`, audienceClaim),
    subjectClaims: textList(`${path}subjectClaims`, subjectClaims),
    scopeClaims: scopeClaims === undefined ? null : textList(`${path}scopeClaims`, scopeClaims),
    algorithms: known,
    typ: typList(`${path}typ`, typ),
    isAccessToken,
    isClient,
    organizationClaim: organizationClaim === undefined ? null : text(`${path}organizationClaim`, organizationClaim),
  }
  const source =
    jwks === undefined
      ? fixedKey(`${path}key`, key as JwtKey, known)
      : createKeySet(keySetUrl(path, jwks, known, allowsHttp), issuer, schedule)
  return { profile: { ...profile, key: source }, record, resolve }
}

/** @returns `null` for an issuer without tenants */
function tenantCheck(
  path: string,
  {
    issuer,
    tenants,
    anyTenant,
  }: Pick<IssuerRules, 'issuer'> & { readonly tenants: unknown; readonly anyTenant: unknown },
): Profile['isTenant'] {
  const isAny = flag(`${path}anyTenant`, anyTenant)
  if (!issuer.includes(TENANT_PLACE)) {
    if (tenants !== undefined || isAny)
      throw wrongOption(`${path}issuer`, `must hold ${TENANT_PLACE} where it has tenants`)
    return null
  }
  if ((tenants !== undefined) === isAny) throw wrongOption(`${path}tenants`, 'or anyTenant must be given, and not both')
  if (isAny) return (tid) => WHOLE_TENANT.test(tid)
  const list = textList(`${path}tenants`, tenants as readonly string[])
  const wrongId = list.find((tid) => !WHOLE_TENANT.test(tid))
  if (wrongId !== undefined)
    throw wrongOption(`${path}tenants`, `must hold UUIDs in lower case, not ${JSON.stringify(wrongId)}`)
  const known = new Set(list)
  return (tid) => known.has(tid)
}

function typList(name: string, typ: string | null | readonly (string | null)[]): (string | null)[] {
  const list = [typ].flat()
  const isTyp = (value: unknown) => value === null || (typeof value === 'string' && VISIBLE.test(value))
  if (list.length === 0 || !list.every(isTyp)) throw wrongOption(name, 'must be a media type, null, or a list of them')
  return list.map((value) => (value === null ? null : mediaType(value)))
}

function flag(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw wrongOption(name, 'must be true or false')
  return value === true
}

function always(): true {
  return true
}

function never(): false {
  return false
}

function nothing(): object {
  return {}
}

function algorithmList(name: string, algorithms: readonly JwtAlgorithm[]): JwtAlgorithm[] {
  if (!Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every(isAlgorithm)) {
    throw wrongOption(name, "must be a list of signature algorithms, such as ['RS256']")
  }
  // A public key used as a secret lets every holder of it sign (RFC 8725 §2.1).
  if (new Set(algorithms.map(isSymmetric)).size > 1)
    throw wrongOption(name, 'must not mix shared secrets and key pairs')
  return [...algorithms]
}

function textList(name: string, texts: string | readonly string[]): string[] {
  const list = [texts].flat()
  if (list.length === 0) throw wrongOption(name, 'must not be empty')
  return list.map((entry) => text(name, entry))
}

function fixedKey(name: string, key: JwtKey, algorithms: readonly JwtAlgorithm[]): JwtKey {
  try {
    return issuerKey(key, algorithms)
  } catch (cause) {
    throw wrongOption(name, (cause as TypeError).message)
  }
}

function keySetUrl(path: string, jwks: string, algorithms: readonly JwtAlgorithm[], allowsHttp: boolean): URL {
  if (algorithms.some(isSymmetric)) throw wrongOption(`${path}algorithms`, 'must be asymmetric if "jwks" is set')
  const url = URL.canParse(jwks) ? new URL(jwks) : null
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && (allowsHttp || LOOPBACK.has(url.hostname)))
  if (url === null || !isSafe || url.username !== '' || url.password !== '') {
    throw wrongOption(`${path}jwks`, 'must be an https URL without credentials; http needs "allowHttpJwks"')
  }
  return url
}

function text(name: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw wrongOption(name, 'must be a non-empty string')
  return value
}

function number(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isFinite(value) || value < least || value > most)
    throw wrongOption(name, `must be from ${least} to ${most}`)
  return value
}

function whole(name: string, value: number, most: number): number {
  if (!Number.isSafeInteger(value)) throw wrongOption(name, 'must be a whole number')
  return number(name, value, 1, most)
}

import type { Awaitable, RegisteredRecord, ResolveContext, TokenRecord } from '@patkit/core'
import { isAlgorithm, isSymmetric, type JwtAlgorithm } from './algorithms.ts'
import type { JwtClaims } from './claims.ts'
import { issuerKey, type JwtKey } from './issuer-key.ts'
import { createKeySet, type KeySchedule } from './key-set.ts'
import type { Profile } from './verification.ts'

/** What a hook says of a record. The digest and the end are the JWT's. */
export type JwtRecord<R extends TokenRecord = RegisteredRecord> = Partial<Omit<R, 'digest' | 'expiresAt'>> & {
  readonly digest?: never
  readonly expiresAt?: never
}

/** One issuer, and what its tokens must be. */
export type JwtIssuer<R extends TokenRecord = RegisteredRecord> = IssuerRules & KeySource & Mapping<R> & LiveLookup<R>

interface IssuerRules {
  /** The `iss` of its tokens, compared exactly (RFC 8725 §3.8). */
  readonly issuer: string
  /** What `aud` must be, or have in it; of a list, any (RFC 8725 §3.9). */
  readonly audience: string | readonly string[]
  /** The algorithms it signs with: all with shared secrets, or all with key pairs. */
  readonly algorithms: readonly JwtAlgorithm[]
  /** The kind of token, with or without `application/`. Default `at+jwt`: access tokens (RFC 9068 §4). */
  readonly typ?: string
}

type KeySource =
  | {
      /** URL of the key set it publishes: https, or http on the loopback interface. */
      readonly jwks: string
      readonly key?: never
    }
  | {
      /** Its public key, or the secret shared with it: at least as long as the hash (RFC 7518 §3.2). */
      readonly key: JwtKey
      readonly jwks?: never
    }

/**
 * Says what the claims mean; what is left out is as by default: `id` from `jti`, `userId` and `principalId` from `sub`,
 * `scopes` from `scope` or `scp`. A throw answers 503 and is reported.
 */
type RecordOf<R extends TokenRecord> = (claims: JwtClaims) => JwtRecord<R> & Omit<R, keyof TokenRecord>

/** Where a registered record has members of its own, somebody has to say what they are. */
type Mapping<R extends TokenRecord> =
  Record<never, never> extends Omit<R, keyof TokenRecord>
    ? { readonly record?: RecordOf<R> }
    : { readonly record: RecordOf<R> }

interface LiveLookup<R extends TokenRecord> {
  /**
   * Says what is true now and a JWT cannot know: `ceiling`, `disabled`, `revokedAt`, `version`. Asked at every lookup,
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
  readonly issuers: ReadonlyMap<string, IssuerSettings>
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
const LONGEST_TIMER_MS = 2 ** 31 - 1
const VISIBLE = /^[\x21-\x7e]+$/
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @throws TypeError naming the option that is wrong, unknown ones included */
export function jwtSettings(options: JwtFormatOptions<TokenRecord>): JwtSettings {
  if (typeof options !== 'object' || options === null) throw new TypeError('jwtFormat: options must be an object')
  const { issuers, clock = Date.now, clockToleranceSeconds = 0, maxLength = 8_192, ...rest } = options
  const { keysMaxAgeSeconds = 600, keysCooldownSeconds = 30, keysTimeoutMs = 3_000, ...unknown } = rest
  refuseUnknown(unknown, '')
  if (typeof clock !== 'function') throw wrong('clock', 'must be a function')
  const schedule: KeySchedule = {
    maxAgeMs: number('keysMaxAgeSeconds', keysMaxAgeSeconds, 1) * 1_000,
    cooldownMs: number('keysCooldownSeconds', keysCooldownSeconds, 1) * 1_000,
    timeoutMs: whole('keysTimeoutMs', keysTimeoutMs, LONGEST_TIMER_MS),
    clock,
  }
  return {
    issuers: issuerSettings(issuers, schedule),
    maxLength: whole('maxLength', maxLength, LONGEST_JWT),
    toleranceMs: number('clockToleranceSeconds', clockToleranceSeconds, 0, MOST_TOLERANCE_SECONDS) * 1_000,
    clock,
  }
}

function issuerSettings(
  issuers: readonly JwtIssuer<TokenRecord>[],
  schedule: KeySchedule,
): ReadonlyMap<string, IssuerSettings> {
  if (!Array.isArray(issuers) || issuers.length === 0) throw wrong('issuers', 'must be a list of issuers')
  const settings = new Map<string, IssuerSettings>()
  for (const [index, issuer] of issuers.entries()) {
    const path = `issuers[${index}].`
    const one = issuerOf(issuer, path, schedule)
    if (settings.has(one.profile.issuer)) throw wrong(`${path}issuer`, 'is there twice')
    settings.set(one.profile.issuer, one)
  }
  return settings
}

function issuerOf(options: JwtIssuer<TokenRecord>, path: string, schedule: KeySchedule): IssuerSettings {
  const { issuer, audience, algorithms, typ = 'at+jwt', jwks, key, record, resolve, ...unknown } = options ?? {}
  refuseUnknown(unknown, path)
  text(`${path}issuer`, issuer)
  const known = algorithmList(`${path}algorithms`, algorithms)
  if (typeof typ !== 'string' || !VISIBLE.test(typ)) throw wrong(`${path}typ`, 'must be a media type')
  for (const [name, hook] of Object.entries({ record, resolve })) {
    if (hook !== undefined && typeof hook !== 'function') throw wrong(path + name, 'must be a function')
  }
  if ((jwks === undefined) === (key === undefined)) throw wrong(`${path}jwks`, 'or key must be given, and not both')
  const audiences = audienceList(`${path}audience`, audience)
  const source =
    jwks === undefined
      ? fixedKey(`${path}key`, key as JwtKey, known)
      : createKeySet(keySetUrl(path, jwks, known), issuer, schedule)
  return {
    profile: { issuer, audience: audiences, algorithms: known, typ, key: source },
    record: record ?? nothing,
    resolve: resolve ?? nothing,
  }
}

function nothing(): object {
  return {}
}

function algorithmList(name: string, algorithms: readonly JwtAlgorithm[]): JwtAlgorithm[] {
  if (!Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every(isAlgorithm)) {
    throw wrong(name, "must be a list of signature algorithms, such as ['RS256']")
  }
  // A public key that is taken for a secret lets everybody sign (RFC 8725 §2.1).
  if (new Set(algorithms.map(isSymmetric)).size > 1) throw wrong(name, 'must not mix shared secrets and key pairs')
  return [...algorithms]
}

function audienceList(name: string, audience: string | readonly string[]): string[] {
  const list = [audience].flat()
  if (list.length === 0) throw wrong(name, 'must not be empty')
  return list.map((entry) => text(name, entry))
}

function fixedKey(name: string, key: JwtKey, algorithms: readonly JwtAlgorithm[]): JwtKey {
  try {
    return issuerKey(key, algorithms)
  } catch (cause) {
    throw wrong(name, (cause as TypeError).message)
  }
}

function keySetUrl(path: string, jwks: string, algorithms: readonly JwtAlgorithm[]): URL {
  if (algorithms.some(isSymmetric))
    throw wrong(`${path}algorithms`, 'must be those of key pairs where keys are published')
  const url = URL.canParse(jwks) ? new URL(jwks) : null
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname))
  if (url === null || !isSafe || url.username !== '' || url.password !== '') {
    throw wrong(`${path}jwks`, 'must be an https URL without credentials')
  }
  return url
}

function text(name: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw wrong(name, 'must be a non-empty string')
  return value
}

function number(name: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isFinite(value) || value < least || value > most) throw wrong(name, `must be from ${least} to ${most}`)
  return value
}

function whole(name: string, value: number, most: number): number {
  if (!Number.isSafeInteger(value)) throw wrong(name, 'must be a whole number')
  return number(name, value, 1, most)
}

function refuseUnknown(unknown: object, path: string): void {
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw wrong(path + name, 'is not an option')
}

function wrong(name: string, problem: string): TypeError {
  return new TypeError(`patkit option "${name}" ${problem}`)
}

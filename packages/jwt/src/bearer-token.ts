import { isScopeName } from '@patkit/core'
import { UNPRINTABLE } from '@patkit/core/adapter'
import type { JWTPayload } from 'jose'
import { type JwtClaims, withoutPrototype } from './claims.ts'
import type { Profile } from './profile.ts'
import { type Refusal, shown } from './refusal.ts'

/** The subject of a token. */
export interface Subject {
  readonly id: string
  /** Whether it is a client, which acts for no user. */
  readonly isClient: boolean
}

/** The content of a genuine token for this API. */
export interface BearerToken {
  readonly claims: JwtClaims
  readonly subject: Subject
  readonly organizationId: string | null
  readonly scopes: readonly string[]
}

/** The farthest instant of a `Date`, in seconds, with room for a tolerance. */
const LAST_SECOND = 8.64e12 - 60
/** OpenID Connect Core §2 has subjects of at most 255 characters, and so have the ids of records. */
const LONGEST_ID = 255
/** The claims that name the client that a token was issued to: RFC 9068 §2.2, OpenID Connect Core §2, Okta, Entra. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid']

/**
 * Reads the claims behind a signature that was verified. They must be those of a bearer token of this profile: `exp`
 * and a subject are there (RFC 9068 §2.2), instants are finite, it was not issued in the future, and it is not bound to
 * a key that the sender would have to prove (RFC 7800 §3.1, RFC 9449 §7.2).
 */
export function bearerToken(
  payload: JWTPayload,
  profile: Profile,
  nowMs: number,
  toleranceMs: number,
): BearerToken | Refusal {
  const refusal = instantRefusal(payload, nowMs + toleranceMs) ?? profileRefusal(payload, profile)
  if (refusal !== null) return refusal
  const claims = withoutPrototype(payload)
  if (!profile.isAccessToken(claims))
    return { rule: 'isAccessToken', problem: 'the claims are not those of an access token' }
  const subject = subjectOf(claims, profile)
  if (subject === null) return { rule: 'sub', problem: `${profile.subjectClaims.join(' or ')} must name the subject` }
  const { organizationClaim } = profile
  const organizationId = organizationClaim === null ? null : claims[organizationClaim]
  if (organizationId !== null && !isIdText(organizationId)) {
    return { rule: 'organizationClaim', problem: `${organizationClaim} must name the organization` }
  }
  const scopes = scopesOf(claims, profile.scopeClaims)
  return scopes === null
    ? { rule: 'scope', problem: 'the scopes cannot be read; see the option "scopeClaims"' }
    : { claims, subject, organizationId, scopes }
}

function instantRefusal(payload: JWTPayload, latestMs: number): Refusal | null {
  const { exp, nbf = 0, iat = 0, jti = 'none' } = payload
  for (const [rule, value] of Object.entries({ exp, nbf, iat })) {
    if (!isInstant(value)) return { rule, problem: `${rule} must be a number of seconds` }
  }
  if (iat * 1_000 > latestMs) return { rule: 'iat', problem: 'iat is in the future' }
  if (!isIdText(jti)) return { rule: 'jti', problem: 'jti is not a valid id' }
  if (Object.hasOwn(payload, 'cnf')) return { rule: 'cnf', problem: 'the token is bound to a key' }
  return null
}

function profileRefusal(payload: JWTPayload, { audienceClaim, audience, issuer, isTenant }: Profile): Refusal | null {
  const named = [payload[audienceClaim]].flat()
  const isText = [payload.aud ?? []].flat().every((name) => typeof name === 'string')
  if (!isText || !named.some((name) => typeof name === 'string' && audience.includes(name))) {
    return { rule: 'aud', problem: `${audienceClaim} is ${shown(payload[audienceClaim])}; see the option "audience"` }
  }
  const { tid, iss } = payload
  if (isTenant === null) return null
  const isIssuerOfTenant = typeof tid === 'string' && isTenant(tid) && issuer.replace('{tid}', tid) === iss
  return isIssuerOfTenant ? null : { rule: 'tid', problem: `tid is ${shown(tid)}; see the option "tenants"` }
}

/** The first of the claims that is there. */
function subjectOf(claims: JwtClaims, { subjectClaims, isClient }: Profile): Subject | null {
  const name = subjectClaims.find((candidate) => claims[candidate] !== undefined)
  const id = name === undefined ? undefined : claims[name]
  if (name === undefined || !isIdText(id)) return null
  const namesClient = CLIENT_CLAIMS.some((claim) => claim === name || claims[claim] === id)
  return { id, isClient: namesClient || isClient(claims) }
}

/**
 * The scopes that a JWT grants: `scope` (RFC 9068 §2.2.3), else `scp`, as a string with single spaces (RFC 6749 §3.3)
 * or, in `scp`, a list. Where claims are named, the first of them that is there, a string or a list. `null` for
 * anything else: what cannot be read grants nothing, and is no token.
 */
function scopesOf(claims: JwtClaims, names: readonly string[] | null): readonly string[] | null {
  const scopes = names === null ? granted(claims) : named(claims, names)
  return Array.isArray(scopes) && scopes.every(isScopeName) ? scopes : null
}

function granted({ scope, scp = [] }: JwtClaims): unknown {
  if (scope !== undefined) return typeof scope === 'string' ? namesIn(scope) : null
  return typeof scp === 'string' ? namesIn(scp) : scp
}

function named(claims: JwtClaims, names: readonly string[]): unknown {
  const name = names.find((candidate) => claims[candidate] !== undefined)
  const scopes = name === undefined ? [] : claims[name]
  return typeof scopes === 'string' ? namesIn(scopes) : scopes
}

function namesIn(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

function isInstant(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= LAST_SECOND
}

/** Without spaces around it: databases that pad compared texts take `ada ` for `ada`. */
function isIdText(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_ID) return false
  return value.trim() === value && !UNPRINTABLE.test(value)
}

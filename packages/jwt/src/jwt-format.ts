import {
  digestToken,
  type RegisteredRecord,
  type ResolveContext,
  type TokenFormat,
  type TokenRecord,
} from '@patkit/core'
import { type JwtClaims, scopesOf } from './claims.ts'
import { isUnambiguous } from './jws-objects.ts'
import { type JwtFormatOptions, type JwtSettings, jwtSettings } from './options.ts'
import { claimedIssuer, verifiedClaims } from './verification.ts'

/** RFC 7515 §3.1, with a header that begins as JSON objects do. Five parts would be an encrypted JWT. */
const COMPACT_JWS = /^ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const DERIVED_ID_LENGTH = 32

/**
 * The format of JWTs (RFC 7519) that the issuers given have signed for this API, to stand beside others in `format`.
 * Does no I/O until a JWT is presented whose issuer's keys it has not.
 *
 * @throws TypeError naming the option that is wrong
 */
export function jwtFormat<R extends TokenRecord = RegisteredRecord>(options: JwtFormatOptions<R>): TokenFormat {
  const settings = jwtSettings(options as JwtFormatOptions<TokenRecord>)
  return Object.freeze({
    name: 'jwt',
    maxLength: settings.maxLength,
    syntax: 'token68',
    accepts: (credential) => COMPACT_JWS.test(credential),
    check: hasOneText,
    digests: (credential) => [digestToken(credential)],
    read: (credential, lookup) => read(credential, settings, lookup),
  } satisfies TokenFormat)
}

async function read(
  jwt: string,
  { issuers, clock, toleranceMs }: JwtSettings,
  lookup: ResolveContext,
): Promise<TokenRecord | null | false> {
  // By `iss` alone: what else an attacker can write, such as `alg`, chooses nothing (RFC 8725 §3.1, §3.8).
  const issuer = issuers.get(claimedIssuer(jwt) ?? '')
  if (issuer === undefined || !isUnambiguous(jwt)) return false
  const now = clock()
  const claims = await verifiedClaims(jwt, issuer.profile, now, toleranceMs)
  const scopes = claims && scopesOf(claims)
  if (claims === null || scopes === null) return false
  const expiresAt = new Date(claims.exp * 1_000 + toleranceMs)
  // Of a token whose life is over nobody needs to know more.
  const live = expiresAt.getTime() > now ? await issuer.resolve(claims, lookup) : {}
  if (live === null || live === undefined) return null
  const mapped = await issuer.record(claims)
  return {
    ...ownRecord(jwt, claims, scopes),
    ...members(mapped),
    ...members(live),
    digest: digestToken(jwt),
    expiresAt,
  }
}

/** What the claims say where nobody says otherwise. */
function ownRecord(
  jwt: string,
  { sub, jti }: JwtClaims,
  scopes: readonly string[],
): Omit<TokenRecord, 'digest' | 'expiresAt'> {
  return { id: jti ?? derivedId(jwt), scopes, userId: sub, principalId: sub, revokedAt: null, ipAllowlist: null }
}

/** What was signed, without the signature: an ECDSA signature can be turned into another one without the key. */
function derivedId(jwt: string): string {
  return `jwt_${digestToken(jwt.slice(0, jwt.lastIndexOf('.'))).slice(0, DERIVED_ID_LENGTH)}`
}

/** Members that widen a life, and answers that are none, are mistakes of a hook. */
function members(answer: object): Partial<TokenRecord> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new TypeError('jwtFormat: record and resolve must return an object')
  }
  if ('digest' in answer || 'expiresAt' in answer) {
    throw new TypeError('jwtFormat: digest and expiresAt are of the JWT, and not for record and resolve to say')
  }
  return answer
}

/**
 * Whether the signature is written as encoders write it: the last character of base64url has bits that decoders ignore
 * (RFC 4648 §3.5), and one token must not have several digests.
 */
function hasOneText(jwt: string): boolean {
  const signature = jwt.slice(jwt.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

import { digestToken, type RegisteredRecord, type TokenFormat, type TokenRecord } from '@patkit/core'
import type { ReadContext } from '@patkit/core/adapter'
import type { BearerToken } from './bearer-token.ts'
import { isUnambiguous } from './jws-objects.ts'
import { type JwtFormatOptions, type JwtSettings, jwtSettings } from './options.ts'
import { isRefusal, type Refusal, shown } from './refusal.ts'
import { claimedIssuer, verifiedToken } from './verification.ts'

/** RFC 7515 §3.1, with a header that begins as JSON objects do. Five parts would be an encrypted JWT. */
const COMPACT_JWS = /^ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const DERIVED_ID_LENGTH = 32

/**
 * The format of JWTs (RFC 7519) that the issuers given have signed for this API, to stand beside others in `format`.
 * Does no I/O until a JWT is presented whose issuer's keys it has not.
 *
 * @example
 * ```ts
 * import { jwtFormat } from '@patkit/jwt'
 *
 * const format = jwtFormat({
 *   issuers: [
 *     {
 *       issuer: 'https://login.example.com/',
 *       audience: 'https://api.example.com',
 *       jwks: 'https://login.example.com/jwks.json',
 *       algorithms: ['RS256'],
 *     },
 *   ],
 * })
 * ```
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
    // `read` refuses forged tokens, with a reason.
    check: () => true,
    digests: (credential) => [digestToken(credential)],
    read: (credential, lookup) => read(credential, settings, lookup),
  } satisfies TokenFormat)
}

async function read(
  jwt: string,
  { findIssuer, clock, toleranceMs }: JwtSettings,
  lookup: ReadContext,
): Promise<TokenRecord | null | false> {
  // By `iss` alone: what else an attacker can write, such as `alg`, chooses nothing (RFC 8725 §3.1, §3.8).
  const iss = claimedIssuer(jwt)
  const issuer = findIssuer(iss ?? '')
  if (issuer === undefined) return refused(lookup, null, { rule: 'iss', problem: `iss is ${shown(iss ?? undefined)}` })
  const { profile } = issuer
  if (!hasOneText(jwt) || !isUnambiguous(jwt)) return refused(lookup, profile.issuer, AMBIGUOUS)
  const now = clock()
  const token = await verifiedToken(jwt, profile, now, toleranceMs)
  if (isRefusal(token)) return refused(lookup, profile.issuer, token)
  const { claims } = token
  const expiresAt = new Date(claims.exp * 1_000 + toleranceMs)
  // An expired token needs no further checks.
  const live = expiresAt.getTime() > now ? await issuer.resolve(claims, { signal: lookup.signal }) : {}
  if (live === null || live === undefined) return null
  const mapped = await issuer.record(claims)
  return {
    ...ownRecord(jwt, token),
    ...members(mapped),
    ...members(live),
    digest: digestToken(jwt),
    expiresAt,
  }
}

const AMBIGUOUS: Refusal = {
  rule: 'json',
  problem: 'header, claims or signature can be written or read in more than one way',
}

function refused(lookup: ReadContext, issuer: string | null, { rule, problem }: Refusal): false {
  const whose = issuer === null ? 'of no known issuer' : `of issuer ${JSON.stringify(issuer)}`
  return lookup.refuse(`${rule} ${whose}`, `jwtFormat: refused a token ${whose} by the rule "${rule}": ${problem}`)
}

/** The default mapping of claims. */
function ownRecord(
  jwt: string,
  { claims, subject, organizationId, scopes }: BearerToken,
): Omit<TokenRecord, 'digest' | 'expiresAt'> {
  const { id, isClient } = subject
  return {
    id: claims.jti ?? derivedId(jwt),
    scopes,
    userId: isClient ? null : id,
    principalId: id,
    revokedAt: null,
    ipAllowlist: null,
    ...(organizationId !== null && { organizationId }),
  }
}

/** The signed text without the signature: an ECDSA signature can be turned into another one without the key. */
function derivedId(jwt: string): string {
  return `jwt_${digestToken(jwt.slice(0, jwt.lastIndexOf('.'))).slice(0, DERIVED_ID_LENGTH)}`
}

/** Members that extend a life, and invalid results, are mistakes of a hook. */
function members(answer: object): Partial<TokenRecord> {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new TypeError('jwtFormat: record and resolve must return an object')
  }
  if ('digest' in answer || 'expiresAt' in answer) {
    throw new TypeError('jwtFormat: digest and expiresAt come from the JWT: record and resolve must not return them')
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

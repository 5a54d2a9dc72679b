import { PatError } from '@patkit/core'
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { bearerClaims, type JwtClaims } from './claims.ts'
import type { JwtKey } from './issuer-key.ts'

/** What a JWT of one issuer must be, so that no rule of another issuer can be applied to it (RFC 8725 §3.12). */
export interface Profile {
  readonly issuer: string
  readonly audience: string[]
  readonly algorithms: string[]
  readonly typ: string
  readonly key: JwtKey | JWTVerifyGetKey
}

/** The issuer that a JWT claims to be from, `null` where it cannot be read. Nothing is proved by it. */
export function claimedIssuer(jwt: string): string | null {
  try {
    const { iss } = decodeJwt(jwt)
    return typeof iss === 'string' ? iss : null
  } catch {
    return null
  }
}

/**
 * The claims of a JWT that its issuer has signed for this API, `null` for any other. Whether its life is over is left
 * to policy.
 *
 * @throws PatError when the issuer's keys cannot be had
 */
export async function verifiedClaims(
  jwt: string,
  profile: Profile,
  nowMs: number,
  toleranceMs: number,
): Promise<JwtClaims | null> {
  try {
    const payload = await signedPayload(jwt, profile, nowMs, toleranceMs)
    return bearerClaims(payload, nowMs, toleranceMs)
  } catch (cause) {
    if (cause instanceof PatError) throw cause
    // `exp` is what jose looks at last, so nothing else speaks against such a token, and policy says that it is expired.
    return cause instanceof errors.JWTExpired ? bearerClaims(cause.payload, nowMs, toleranceMs) : null
  }
}

async function signedPayload(
  jwt: string,
  { key, ...profile }: Profile,
  nowMs: number,
  toleranceMs: number,
): Promise<JWTPayload> {
  const rules = {
    ...profile,
    clockTolerance: toleranceMs / 1_000,
    currentDate: new Date(nowMs),
  }
  try {
    // Two calls for one type each: jose has no overload for either.
    const { payload } = typeof key === 'function' ? await jwtVerify(jwt, key, rules) : await jwtVerify(jwt, key, rules)
    return payload
  } catch (cause) {
    if (!(cause instanceof errors.JWKSMultipleMatchingKeys)) throw cause
    return await signedByOneOf(cause, jwt, rules)
  }
}

/** A JWT without `kid`, while its issuer has several keys: one of them may have signed it (RFC 7515 §6). */
async function signedByOneOf(
  keys: errors.JWKSMultipleMatchingKeys,
  jwt: string,
  rules: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(jwt, key, rules)).payload
    } catch (cause) {
      if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw cause
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

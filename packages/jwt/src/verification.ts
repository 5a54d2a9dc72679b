import { PatError } from '@patkit/core'
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { type BearerToken, bearerToken } from './bearer-token.ts'
import { mediaType, type Profile } from './profile.ts'
import { type Refusal, shown } from './refusal.ts'

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
 * What a JWT says that its issuer has signed for this API, or why it does not count. Whether its life is over is left
 * to policy.
 *
 * @throws PatError when the issuer's keys cannot be had
 */
export async function verifiedToken(
  jwt: string,
  profile: Profile,
  nowMs: number,
  toleranceMs: number,
): Promise<BearerToken | Refusal> {
  try {
    const { typ } = decodeProtectedHeader(jwt)
    if (!isOfType(typ, profile.typ)) return { rule: 'typ', problem: `typ is ${shown(typ)}; see the option "typ"` }
    const payload = await signedPayload(jwt, profile, nowMs, toleranceMs)
    return bearerToken(payload, profile, nowMs, toleranceMs)
  } catch (cause) {
    if (cause instanceof PatError) throw cause
    // `exp` is what jose looks at last, so nothing else speaks against such a token, and policy says that it is expired.
    if (cause instanceof errors.JWTExpired) return bearerToken(cause.payload, profile, nowMs, toleranceMs)
    return refusalOf(cause)
  }
}

/** By what jose throws. Its messages hold nothing of a token but names of claims. */
function refusalOf(cause: unknown): Refusal {
  if (cause instanceof errors.JWTClaimValidationFailed) return { rule: cause.claim, problem: cause.message }
  if (cause instanceof errors.JOSEAlgNotAllowed) {
    return { rule: 'alg', problem: 'the algorithm is not one of the option "algorithms"' }
  }
  if (cause instanceof errors.JWKSNoMatchingKey) return { rule: 'kid', problem: 'the issuer publishes no such key' }
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return { rule: 'signature', problem: 'the signature does not match the keys of the issuer' }
  }
  return { rule: 'format', problem: 'the token could not be read' }
}

function isOfType(typ: unknown, types: Profile['typ']): boolean {
  return types.includes(typeof typ === 'string' ? mediaType(typ) : null)
}

async function signedPayload(
  jwt: string,
  { key, algorithms }: Profile,
  nowMs: number,
  toleranceMs: number,
): Promise<JWTPayload> {
  const rules = { algorithms, clockTolerance: toleranceMs / 1_000, currentDate: new Date(nowMs) }
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

import { isScopeName } from '@patkit/core'
import type { JWTPayload } from 'jose'

/** The claims of a JWT that is genuine, without a prototype. Own claims are as its issuer wrote them. */
export interface JwtClaims {
  readonly [claim: string]: unknown
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  /** Seconds since the epoch, as `nbf` and `iat`. */
  readonly exp: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
}

/** The farthest instant of a `Date`, in seconds, with room for a tolerance. */
const LAST_SECOND = 8.64e12 - 60
/** OpenID Connect Core §2 has subjects of at most 255 characters, and so have the ids of records. */
const LONGEST_ID = 255
/** What a terminal obeys does not belong into an id. Databases that pad what they compare take `ada ` for `ada`. */
const ID_TEXT = /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+(?<!\s)$/u

/**
 * The claims behind a signature that was verified, or `null` where they are not those of a bearer token: `exp` and
 * `sub` are there (RFC 9068 §2.2), instants are finite, it was not issued in the future, and it is not bound to a key
 * that the sender would have to prove (RFC 7800 §3.1, RFC 9449 §7.2).
 */
export function bearerClaims(payload: JWTPayload, nowMs: number, toleranceMs: number): JwtClaims | null {
  const { exp, nbf = 0, iat = 0, sub, aud, jti = 'none' } = payload
  const hasTypes = [exp, nbf, iat].every(isInstant) && [aud].flat().every((name) => typeof name === 'string')
  const isBearer = hasTypes && iat * 1_000 <= nowMs + toleranceMs && isIdText(sub) && isIdText(jti)
  return isBearer && !Object.hasOwn(payload, 'cnf') ? withoutPrototype(payload) : null
}

/**
 * The scopes that a JWT grants: `scope` (RFC 9068 §2.2.3), else `scp`, as a string with single spaces (RFC 6749 §3.3)
 * or a list. `null` for anything else: what cannot be read grants nothing, and is no token.
 */
export function scopesOf(claims: JwtClaims): readonly string[] | null {
  const names = granted(claims)
  return Array.isArray(names) && names.every(isScopeName) ? names : null
}

function granted({ scope, scp = [] }: JwtClaims): unknown {
  if (scope !== undefined) return typeof scope === 'string' ? namesIn(scope) : null
  return typeof scp === 'string' ? namesIn(scp) : scp
}

function namesIn(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

function isInstant(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= LAST_SECOND
}

function isIdText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_ID && ID_TEXT.test(value)
}

/** An own `__proto__` claim would become the prototype of whatever it is assigned to. */
function withoutPrototype(payload: JWTPayload): JwtClaims {
  const claims = Object.create(null)
  for (const [name, value] of Object.entries(payload)) {
    if (name !== '__proto__') claims[name] = value
  }
  return Object.freeze(claims)
}

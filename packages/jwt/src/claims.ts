import type { JWTPayload } from 'jose'

/** The claims of a JWT that is genuine, without a prototype. Own claims are as its issuer wrote them. */
export interface JwtClaims {
  readonly [claim: string]: unknown
  readonly iss: string
  /** Where `subjectClaims` names other claims, as the presets of Keycloak and IdentityServer do, it may be missing. */
  readonly sub: string
  /** Where `audienceClaim` names another claim, as the preset of Cognito does, it may be missing. */
  readonly aud: string | readonly string[]
  /** Seconds since the epoch, as `nbf` and `iat`. */
  readonly exp: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
}

/** The claims, frozen. An own `__proto__` claim would become the prototype of the object that it is assigned to. */
export function withoutPrototype(payload: JWTPayload): JwtClaims {
  const claims = Object.create(null)
  for (const [name, value] of Object.entries(payload)) {
    if (name !== '__proto__') claims[name] = value
  }
  return Object.freeze(claims)
}

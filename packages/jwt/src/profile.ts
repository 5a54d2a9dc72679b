import type { JWTVerifyGetKey } from 'jose'
import type { JwtClaims } from './claims.ts'
import type { JwtKey } from './issuer-key.ts'

/** What a JWT of one issuer must be, so that no rule of another issuer can be applied to it (RFC 8725 §3.12). */
export interface Profile {
  /** With `{tid}` in it where the issuer has tenants. */
  readonly issuer: string
  /** Whether a tenant is one of those that are accepted; `null` where the issuer has none. */
  readonly isTenant: ((tid: string) => boolean) | null
  readonly audience: readonly string[]
  readonly audienceClaim: string
  readonly subjectClaims: readonly string[]
  /** `null`: `scope`, a string, else `scp`. */
  readonly scopeClaims: readonly string[] | null
  readonly algorithms: string[]
  /** Media types without `application/`, in lower case; `null` for a header without `typ`. */
  readonly typ: readonly (string | null)[]
  readonly isAccessToken: (claims: JwtClaims) => boolean
  readonly isClient: (claims: JwtClaims) => boolean
  readonly organizationClaim: string | null
  readonly key: JwtKey | JWTVerifyGetKey
}

/** RFC 7515 §4.1.9: `application/` may be left out. Media types know no case. */
export function mediaType(typ: string): string {
  return typ.toLowerCase().replace(/^application\/(?=[^/]+$)/, '')
}

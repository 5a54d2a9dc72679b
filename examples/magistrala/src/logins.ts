import { randomUUID } from 'node:crypto'
import type { TokenFormat } from '@patkit/core'
import { newKeyPair } from '@patkit/example-program'
import { jwtFormat } from '@patkit/jwt'
import { type Owner, TokenError, type TokenService } from '@patkit/tokens'
import { SignJWT } from 'jose'

/** The JWTs that users log in with. Their key is made anew at each start. */
export interface Logins {
  /** What they are accepted by. */
  readonly format: TokenFormat
  /** Logs a user in. */
  issue(user: Owner): Promise<string>
}

const ISSUER = 'magistrala.auth'
const AUDIENCE = 'magistrala'
const ALGORITHM = 'EdDSA'
const LIFE_SECONDS = 12 * 3_600
/** A user may do everything; membership decides where. */
const EVERYTHING = '*'

export function createLogins(tokens: TokenService, organizationId: string, clock: () => number): Logins {
  const { publicKey, privateKey } = newKeyPair('Ed25519')
  const format = jwtFormat({
    clock,
    issuers: [
      {
        ...{ issuer: ISSUER, audience: AUDIENCE, algorithms: [ALGORITHM], key: publicKey },
        record: () => ({ organizationId }),
        resolve: ({ sub }) => standing(tokens, { organizationId, principalId: sub }),
      },
    ],
  })
  return {
    format,
    issue(user) {
      const now = Math.floor(clock() / 1_000)
      return new SignJWT({ scope: EVERYTHING })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(user.principalId)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setExpirationTime(now + LIFE_SECONDS)
        .sign(privateKey)
    },
  }
}

/** The current state of a user; `null` for an unknown one. */
async function standing(tokens: TokenService, user: Owner) {
  try {
    const { disabledAt } = await tokens.getPrincipal(user)
    return { disabled: disabledAt === null ? null : ('principal' as const) }
  } catch (error) {
    if (error instanceof TokenError) return null
    throw error
  }
}

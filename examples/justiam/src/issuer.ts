import { type KeyPairKeyObjectResult, randomUUID } from 'node:crypto'
import { newKeyPair } from '@patkit/example-program'
import type { JwtIssuer } from '@patkit/jwt'
import { SignJWT } from 'jose'
import type { Directory } from './directory.ts'
import { EVERYTHING } from './permissions.ts'
import { ORGANIZATION } from './users.ts'

export const ISSUER = 'https://justiam.example/'
export const AUDIENCE = 'https://justiam.example/api/v1'
export const SESSION_SECONDS = 3_600

/** The part of JustIAM that signs JWTs for users who have logged in. Its key lives as long as the program. */
export interface Issuer {
  sign(userId: string): Promise<string>
  /** What the API takes of it. */
  profileFor(directory: Directory): JwtIssuer
}

export function newKeys(): KeyPairKeyObjectResult {
  return newKeyPair('P-256')
}

export function createIssuer({ publicKey, privateKey }: KeyPairKeyObjectResult, clock: () => number): Issuer {
  return {
    sign(userId) {
      const now = Math.floor(clock() / 1_000)
      return new SignJWT({ client_id: 'justiam' })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(now + SESSION_SECONDS)
        .setJti(randomUUID())
        .sign(privateKey)
    },
    profileFor: (directory) => ({
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      typ: 'at+jwt',
      key: publicKey,
      // The JWT says who; what that user may do is asked at each lookup.
      record: () => ({ organizationId: ORGANIZATION, scopes: [EVERYTHING] }),
      resolve: ({ sub }) => presentState(directory, sub),
    }),
  }
}

/** Service accounts have no sessions: a JWT that names one is as good as none. */
async function presentState(directory: Directory, userId: string) {
  const user = await directory.find(userId)
  if (user === null || user.kind === 'service') return null
  return { ceiling: user.ceiling ?? [], disabled: user.disabledAt === null ? null : ('principal' as const) }
}

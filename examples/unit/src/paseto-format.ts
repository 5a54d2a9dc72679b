import { randomBytes } from 'node:crypto'
import { digestToken } from '@patkit/core'
import { type MintingFormat, mintedToken } from '@patkit/core/adapter'
import { ClaimValidationError, InvalidTokenError, PublicProtocol } from 'paseto'
import {
  ExportSecretKeyFactory,
  GenerateKeyPairFactory,
  GetPublicKeyFactory,
  ImportSecretKeyFactory,
  SignFactory,
  VerifyFactory,
} from 'paseto/v2/public'

const PASETO = new PublicProtocol(
  ExportSecretKeyFactory,
  GenerateKeyPairFactory,
  GetPublicKeyFactory,
  ImportSecretKeyFactory,
  SignFactory,
  VerifyFactory,
)
const HEADER = 'v2.public.'
/** Space for all scopes, and well below what a server takes for a header. */
const LONGEST = 4_096
const NONCE_BYTES = 16
const HINT_LENGTH = 4

/** A new key, as a PASERK: `k2.secret.…`. */
export async function newSigningKey(): Promise<string> {
  const { secretKey } = await PASETO.GenerateKeyPair({ extractable: true })
  return PASETO.ExportSecretKey(secretKey)
}

/**
 * Tokens that carry their own facts, under a signature. Their records decide all the same: they are looked up
 * by their digest, and can be revoked.
 *
 * @throws an error of paseto's unless it is a `k2.secret` key
 */
export async function pasetoFormat(key: string): Promise<MintingFormat> {
  const secretKey = await PASETO.ImportSecretKey(key as `k2.secret.${string}`)
  const publicKey = await PASETO.GetPublicKey(secretKey)
  return Object.freeze({
    name: 'paseto-v2-public',
    maxLength: LONGEST,
    syntax: 'token68',
    accepts: (credential) => credential.startsWith(HEADER),
    async check(credential) {
      try {
        await PASETO.Verify(publicKey, credential, { allowNonExpiring: true })
        return true
      } catch (error) {
        // Ours, and past its end: that is for the record to say, and for the log to tell whose it was.
        if (error instanceof ClaimValidationError) return true
        if (error instanceof InvalidTokenError) return false
        throw error
      }
    },
    digests: (credential) => [digestToken(credential)],
    async mint({ id, scopes, expiresAt }) {
      const claims = {
        role: 'org',
        jti: id,
        scope: scopes.join(' '),
        ...(expiresAt !== null && { exp: expiresAt.toISOString() }),
        // Without it, the key alone would suffice to write a token whose digest has a record.
        nonce: randomBytes(NONCE_BYTES).toString('base64url'),
      }
      const options = { addIssuedAt: false, ...(expiresAt === null && { nonExpiring: true }) }
      const token = await PASETO.Sign(secretKey, claims, options)
      return mintedToken(token, `${HEADER}…${token.slice(-HINT_LENGTH)}`, digestToken(token))
    },
  } satisfies MintingFormat)
}

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { MintedToken } from '@patkit/core/adapter'
import type { Change } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'

/** A client's key: the hash that is stored, and the cipher under the key itself. */
export interface IdempotencyKey {
  /** SHA-256 of the key, the owner and the actor, in hex. */
  readonly hash: string
  seal(secret: MintedToken): string
  /** @throws Error for a text that was changed, or sealed with another key */
  open(sealed: string): { readonly token: string; readonly hint: string; readonly digest: string }
}

const KEY = /^[\x21-\x7e]{22,255}$/
const CIPHER = 'aes-256-gcm'
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals with AES-256-GCM under a key derived by HKDF-SHA-256 (RFC 5869) from the client's key: the database alone opens
 * nothing.
 *
 * @throws TokenError `ERR_PAT_INPUT_INVALID` on `idempotencyKey`
 */
export function idempotencyKey(key: string, owner: readonly string[]): IdempotencyKey {
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw invalidInput('idempotencyKey', 'must be 22 to 255 visible ASCII characters')
  }
  const context = JSON.stringify(owner)
  const hash = createHash('sha256')
    .update(JSON.stringify([key, context]))
    .digest('hex')
  const cipherKey = (salt: Uint8Array) => Buffer.from(hkdfSync('sha256', key, salt, `patkit idempotent ${context}`, 32))

  return {
    hash,
    seal(secret) {
      const text = JSON.stringify({ token: secret.reveal(), hint: secret.hint, digest: secret.digest })
      const salt = randomBytes(SALT_BYTES)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, cipherKey(salt), nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([salt, nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      const salt = bytes.subarray(0, SALT_BYTES)
      const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES)
      const tag = bytes.subarray(SALT_BYTES + NONCE_BYTES, SALT_BYTES + NONCE_BYTES + TAG_BYTES)
      const decipher = createDecipheriv(CIPHER, cipherKey(salt), nonce, { authTagLength: TAG_BYTES }).setAuthTag(tag)
      const body = bytes.subarray(SALT_BYTES + NONCE_BYTES + TAG_BYTES)
      return JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8'))
    },
  }
}

/** Whether a change ends the secret of every answer that the token has: then a stored answer opens nothing. */
export function endsAnswers({ set, addSecret }: Change): boolean {
  return addSecret !== null || (set.revokedAt ?? null) !== null
}

/** The hash of a request: the same key with another request is a mistake. */
export function requestHash(input: object): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex')
}

import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** 256 random bits in base64url: the code of a sign-in link, or a session id. */
export function newSecret(): string {
  return randomBytes(BYTES).toString('base64url')
}

/** The stored form of a secret; `null` for a text that is not one. */
export function secretDigest(text: unknown): string | null {
  if (typeof text !== 'string' || !SECRET.test(text)) return null
  return createHash('sha256').update(text).digest('hex')
}

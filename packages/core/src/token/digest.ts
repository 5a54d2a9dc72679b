import { createHmac, hash } from 'node:crypto'

/** A key that digests are made with, named by an id that is stored in front of each of them. */
export interface Pepper {
  /** One to 32 characters of `A-Z a-z 0-9 _ -`, for instance the year. */
  readonly id: string
  /** At least 32 bytes, from a CSPRNG. */
  readonly key: Uint8Array
}

/**
 * The SHA-256 of a token in lower-case hex: the digest to store where no pepper is used.
 *
 * @example
 * ```ts
 * import { digestToken } from '@patkit/core'
 *
 * const digest = digestToken('acme_pat_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17')
 * ```
 */
export function digestToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/**
 * `<pepper id>:<HMAC-SHA-256 in hex>`: the digest to store where a pepper is used.
 *
 * @example
 * ```ts
 * import { pepperedDigest } from '@patkit/core/adapter'
 *
 * const pepper = { id: 'p1', key: new Uint8Array(32) } // the key comes from your secret store
 * pepperedDigest('acme_pat_…', pepper) // 'p1:…'
 * ```
 */
export function pepperedDigest(token: string, pepper: Pepper): string {
  return `${pepper.id}:${createHmac('sha256', pepper.key).update(token).digest('hex')}`
}

/** What the cache knows a credential by: its SHA-256, one character a byte. */
export function cacheKey(credential: string): string {
  return hash('sha256', credential, 'binary')
}

import { type PrefixedFormat, tokenFormat } from '@patkit/core'

/** `eu_sk_` and 36 characters, of which SHA-256 digests are kept. */
export const format: PrefixedFormat = tokenFormat({ prefix: 'eu_sk' })

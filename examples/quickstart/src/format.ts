import { type PrefixedFormat, tokenFormat } from '@patkit/core'

/** The tokens of this API begin with `acme_pat_`. */
export const format: PrefixedFormat = tokenFormat({ prefix: 'acme_pat' })

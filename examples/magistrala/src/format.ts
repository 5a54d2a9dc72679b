import { type PrefixedFormat, tokenFormat } from '@patkit/core'

/** `pat_` and 36 characters, all of which a Bearer header may hold. */
export const format: PrefixedFormat = tokenFormat({ prefix: 'pat' })

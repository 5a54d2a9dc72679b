import { z } from '@hono/zod-openapi'
import { instantBound, pageSize, searchText } from '../fields.ts'
import { omitUndefined } from './omit-undefined.ts'

/** Which tokens are listed, and in what order. */
export const listQuery = z.strictObject({
  status: z.enum(['active', 'expired', 'revoked', 'all']).optional(),
  search: searchText.optional(),
  ends_before: instantBound.optional(),
  sort: z.enum(['created_at', 'name', 'last_used_at', 'expires_at', 'ends_at']).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  limit: pageSize.optional(),
  cursor: z.string().optional(),
})

const SORTS = {
  created_at: 'createdAt',
  name: 'name',
  last_used_at: 'lastUsedAt',
  expires_at: 'expiresAt',
  ends_at: 'endsAt',
} as const

export function listInput({ ends_before: endsBefore, sort, order, ...query }: z.output<typeof listQuery>) {
  return omitUndefined({
    ...query,
    endsBefore,
    sort: sort === undefined ? undefined : SORTS[sort],
    descending: order === undefined ? undefined : order === 'desc',
  })
}

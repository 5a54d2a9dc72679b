import { z } from '@hono/zod-openapi'
import { instant, pageSize, scopeList } from '../fields.ts'

const expiry = {
  expires_at: instant.nullable().optional(),
  expires_in_days: z.number().int().min(1).max(36_500).optional(),
}
const oneExpiry = { path: ['expires_in_days'], message: 'cannot stand beside expires_at' }

export const creation = z
  .strictObject({
    name: z.string(),
    description: z.string().nullable().optional(),
    scopes: scopeList.optional(),
    ip_allowlist: z.array(z.string()).nullable().optional(),
    user_id: z.string().nullable().optional(),
    ...expiry,
  })
  .refine(hasOneExpiry, oneExpiry)
  .openapi({ example: { name: 'backup', scopes: ['drive:read'], expires_in_days: 90 } })

export const update = z
  .strictObject({
    name: z.string().optional(),
    description: z.string().nullable().optional(),
    scopes: scopeList.optional(),
    ip_allowlist: z.array(z.string()).nullable().optional(),
    expires_at: instant.nullable().optional(),
  })
  .openapi({ example: { name: 'nightly backup' } })

export const overlap = z.strictObject({ overlap_seconds: z.number().int().min(0).optional() })

export const newLife = z
  .strictObject(expiry)
  .refine(hasOneExpiry, oneExpiry)
  .openapi({ example: { expires_in_days: 90 } })

export const someScopes = z.strictObject({ scopes: scopeList })

export const listQuery = z.strictObject({
  status: z.enum(['active', 'expired', 'revoked', 'all']).optional(),
  search: z.string().max(100).optional(),
  ends_before: instant.optional(),
  sort: z.enum(['created_at', 'ends_at']).optional(),
  limit: pageSize.optional(),
  cursor: z.string().optional(),
})

interface ExpiryMembers {
  readonly expires_at?: Date | null | undefined
  readonly expires_in_days?: number | undefined
}

export function expiryOf({ expires_at, expires_in_days }: ExpiryMembers) {
  return expires_in_days === undefined ? expires_at : { days: expires_in_days }
}

function hasOneExpiry({ expires_at, expires_in_days }: ExpiryMembers): boolean {
  return expires_at === undefined || expires_in_days === undefined
}

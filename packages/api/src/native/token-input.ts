import { z } from '@hono/zod-openapi'
import { descriptionText, instantOrNull, nameText, reasonText, scopeList } from '../fields.ts'

/** A century; what the policy allows is less. */
const LONGEST_OVERLAP = 3_155_760_000
const MOST_RANGES = 500

const allowlist = z
  .array(z.string().openapi({ description: 'An IP address or a CIDR range' }))
  .min(1, 'must not be empty: null allows any address')
  .max(MOST_RANGES, `must have at most ${MOST_RANGES} entries`)

const expiry = {
  expires_at: instantOrNull.optional(),
  expires_in_days: z.number().int().min(1).max(36_500).optional(),
}
const TWO_EXPIRIES = { required: ['expires_at', 'expires_in_days'] }
const oneExpiry = { path: ['expires_in_days'], message: 'cannot be combined with expires_at' }

export const creation = z
  .strictObject({
    name: nameText,
    description: descriptionText.nullable().optional(),
    scopes: scopeList.optional(),
    ip_allowlist: allowlist.nullable().optional(),
    user_id: z.string().nullable().optional(),
    ...expiry,
  })
  .refine(hasOneExpiry, oneExpiry)
  .openapi({ not: TWO_EXPIRIES, example: { name: 'backup', scopes: ['drive:read'], expires_in_days: 90 } })

export const update = z
  .strictObject({
    name: nameText.optional(),
    description: descriptionText.nullable().optional(),
    scopes: scopeList.optional(),
    ip_allowlist: allowlist.nullable().optional(),
    expires_at: instantOrNull.optional(),
  })
  .openapi({ example: { name: 'nightly backup' } })

export const overlap = z.strictObject({ overlap_seconds: z.number().int().min(0).max(LONGEST_OVERLAP).optional() })

export const newLife = z
  .strictObject(expiry)
  .refine(hasOneExpiry, oneExpiry)
  .openapi({ not: TWO_EXPIRIES, example: { expires_in_days: 90 } })

export const revocation = z
  .strictObject({ reason: reasonText.nullable().optional() })
  .openapi({ example: { reason: 'The laptop was lost' } })

export const someScopes = z.strictObject({ scopes: scopeList })

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

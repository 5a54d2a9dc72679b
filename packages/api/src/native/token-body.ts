import { z } from '@hono/zod-openapi'
import type { Issued, TokenView } from '@patkit/tokens'
import { instantOut } from '../fields.ts'

/** A token as clients see it. */
export const token = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    hint: z
      .string()
      .openapi({ description: 'Prefix and last four characters of the secret', example: 'acme_pat_…x7Kq' }),
    status: z.enum(['active', 'expired', 'revoked']),
    scopes: z.array(z.string()),
    user_id: z.string().nullable(),
    ip_allowlist: z.array(z.string()).nullable(),
    created_at: instantOut,
    created_by: z.string(),
    issued_at: instantOut.openapi({ description: 'When its present life began' }),
    expires_at: instantOut.nullable(),
    ends_at: instantOut
      .nullable()
      .openapi({ description: 'The end that holds: expires_at, or an earlier one by the policy' }),
    revoked_at: instantOut.nullable(),
    last_used_at: instantOut.nullable(),
    last_used_ip: z.string().nullable(),
    use_count: z.number().int(),
  })
  .openapi('Token')

export const issued = token
  .extend({ secret: z.string().openapi({ description: 'The token itself: shown once and never stored' }) })
  .openapi('IssuedToken')

export function tokenBody(view: TokenView): z.input<typeof token> {
  const { id, name, description, hint, status, userId, ipAllowlist, createdBy, lastUsedIp, useCount } = view
  return {
    ...{ id, name, description, hint, status, scopes: [...view.scopes], user_id: userId },
    ip_allowlist: ipAllowlist === null ? null : [...ipAllowlist],
    created_at: view.createdAt.toISOString(),
    created_by: createdBy,
    issued_at: view.issuedAt.toISOString(),
    expires_at: view.expiresAt?.toISOString() ?? null,
    ends_at: view.endsAt?.toISOString() ?? null,
    revoked_at: view.revokedAt?.toISOString() ?? null,
    last_used_at: view.lastUsedAt?.toISOString() ?? null,
    last_used_ip: lastUsedIp,
    use_count: useCount,
  }
}

export function issuedBody({ token: view, secret }: Issued): z.input<typeof issued> {
  return { ...tokenBody(view), secret: secret.reveal() }
}

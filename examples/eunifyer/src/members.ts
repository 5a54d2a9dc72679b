import { z } from '@hono/zod-openapi'
import { instant, instantOut, pageSize, scopeList, toSeconds } from '@patkit/api'
import type { Issued, Principal, TokenView } from '@patkit/tokens'
import { scopes } from './scopes.ts'

const DEFAULT_PAGE = 20

const idAndName = { id: z.string().openapi({ example: 'tok_0198' }), name: z.string() }
const rest = { scopes: z.array(z.string()), expires_at: instantOut.nullable(), created_at: instantOut }

/** The members of the document, and no others. */
export const issued = z
  .object({ ...idAndName, secret: z.string().openapi({ example: 'eu_sk_…', description: 'Shown once' }), ...rest })
  .openapi('IssuedToken')

export const token = z
  .object({
    ...idAndName,
    ...rest,
    status: z.enum(['active', 'expired', 'revoked']),
    ip_allowlist: z.array(z.string()).nullable(),
    user_id: z.string().nullable(),
    last_used_at: instantOut.nullable(),
  })
  .openapi('Token')

export const creation = z.strictObject({
  name: z.string(),
  scopes: scopeList.optional(),
  expires_at: instant.nullable().optional(),
  ip_allowlist: z.array(z.string()).nullable().optional(),
  user_id: z.string().nullable().optional(),
})

/** Name and expiry; scopes, addresses and the binding are for good. */
export const change = z.strictObject({ name: z.string().optional(), expires_at: instant.nullable().optional() })

export const servicePrincipal = z
  .object({
    id: z.string().openapi({ example: 'sp_sync' }),
    name: z.string(),
    scopes: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'What its tokens can do at most; null for no limit' }),
    disabled_at: instantOut.nullable(),
  })
  .openapi('ServicePrincipal')

export const newServicePrincipal = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"'),
  scopes: z.array(z.enum(scopes.names)).nullable().optional(),
})

export const pageQuery = z.strictObject({ limit: pageSize.optional(), cursor: z.string().optional() })

export function page<T extends z.ZodType>(items: T) {
  return z.object({
    items: z.array(items),
    next_cursor: z.string().nullable(),
    has_more: z.boolean(),
    limit: z.number().int(),
  })
}

export function pageBody<T>(
  items: T[],
  next: string | null,
  { limit = DEFAULT_PAGE }: { readonly limit?: number | undefined },
) {
  return { items, next_cursor: next, has_more: next !== null, limit }
}

export function issuedBody({ token: view, secret }: Issued): z.input<typeof issued> {
  const { id, name, ...others } = shared(view)
  return { id, name, secret: secret.reveal(), ...others }
}

export function tokenBody(view: TokenView): z.input<typeof token> {
  const { status, ipAllowlist, userId, lastUsedAt } = view
  return {
    ...shared(view),
    status,
    ip_allowlist: ipAllowlist === null ? null : [...ipAllowlist],
    user_id: userId,
    last_used_at: lastUsedAt === null ? null : toSeconds(lastUsedAt),
  }
}

/** A service principal's name is what follows `sp_` in its id. */
export function principalBody({ principalId, ceiling, disabledAt }: Principal): z.input<typeof servicePrincipal> {
  return {
    id: principalId,
    name: principalId.replace(/^sp_/, ''),
    scopes: ceiling === null ? null : [...ceiling],
    disabled_at: disabledAt === null ? null : toSeconds(disabledAt),
  }
}

function shared({ id, name, scopes, expiresAt, createdAt }: TokenView) {
  return {
    ...{ id, name, scopes: [...scopes] },
    expires_at: expiresAt === null ? null : toSeconds(expiresAt),
    created_at: toSeconds(createdAt),
  }
}

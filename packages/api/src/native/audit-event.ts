import { z } from '@hono/zod-openapi'
import type { AuditPage, LoggedEvent } from '@patkit/tokens'
import { instantOut } from '../fields.ts'

/** An event of the audit log as clients see it. */
export const auditEvent = z
  .object({
    id: z.string(),
    at: instantOut,
    kind: z.enum(['use', 'refused', 'change']),
    outcome: z.string(),
    actor_id: z.string().nullable(),
    token_id: z.string().nullable(),
    principal_id: z.string().nullable(),
    user_id: z.string().nullable(),
    client_ip: z.string().nullable(),
    request: z
      .object({
        id: z.string().nullable(),
        method: z.string(),
        path: z.string().nullable(),
        user_agent: z.string().nullable(),
      })
      .nullable(),
    required_scopes: z.array(z.string()),
    missing_scopes: z.array(z.string()),
    count: z.number().int(),
    reason: z.string().nullable().openapi({ description: 'Of a change: why, in the words of who made it' }),
  })
  .openapi('AuditEvent')

/** A page of events as clients see it. */
export function auditPage({ items, next }: AuditPage) {
  return { items: items.map(auditEventBody), next_cursor: next }
}

/**
 * An event of the audit log as the API shows it.
 *
 * @example
 * ```ts
 * import { auditEventBody } from '@patkit/api'
 * import { tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const { items } = await tokens.audit.list({ organizationId: 'acme' }, { limit: 20 })
 * console.log(items.map(auditEventBody))
 * ```
 */
export function auditEventBody(logged: LoggedEvent): z.input<typeof auditEvent> {
  const { id, kind, tokenId, principalId } = logged
  const shared = { id, at: logged.at.toISOString(), kind, token_id: tokenId, principal_id: principalId }
  if (logged.kind === 'change') {
    const nothing = { user_id: null, request: null, required_scopes: [], missing_scopes: [], count: 1 }
    const { action, actorId, clientIp, reason } = logged
    return { ...shared, ...nothing, outcome: action, actor_id: actorId, client_ip: clientIp, reason }
  }
  const { request, userId, clientIp, requiredScopes, missingScopes, count, outcome } = logged
  return {
    ...{ ...shared, outcome, count, actor_id: null, user_id: userId, client_ip: clientIp },
    request: { id: request.id, method: request.method, path: request.path, user_agent: request.userAgent },
    required_scopes: [...requiredScopes],
    missing_scopes: [...missingScopes],
    reason: null,
  }
}

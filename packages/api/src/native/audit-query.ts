import { z } from '@hono/zod-openapi'
import { DENY_REASONS } from '@patkit/core/adapter'
import { instantBound, pageSize } from '../fields.ts'
import { omitUndefined } from './omit-undefined.ts'

/** Which events of a token are asked for. */
export const eventQuery = z.strictObject({
  outcome: z.enum(['allowed', 'denied', 'changed']).optional(),
  reason: z.enum(DENY_REASONS).optional(),
  client_ip: z.string().optional(),
  request_id: z.string().optional(),
  from: instantBound.optional(),
  until: instantBound.optional(),
  limit: pageSize.optional(),
  cursor: z.string().optional(),
})

/** Which events of an organization are asked for. */
export const auditQuery = eventQuery.extend({ token_id: z.string().optional(), principal_id: z.string().optional() })

type AuditQuery = z.output<typeof eventQuery> & Partial<z.output<typeof auditQuery>>

/**
 * The input of `listAudit` for a query of the API.
 *
 * @example
 * ```ts
 * import { auditInput, auditQuery } from '@patkit/api'
 *
 * const input = auditInput(auditQuery.parse({ outcome: 'denied', token_id: '7' })) // for `listAudit`
 * ```
 */
export function auditInput({ token_id, principal_id, client_ip, request_id, ...query }: AuditQuery) {
  return omitUndefined({
    ...query,
    tokenId: token_id,
    principalId: principal_id,
    clientIp: client_ip,
    requestId: request_id,
  })
}

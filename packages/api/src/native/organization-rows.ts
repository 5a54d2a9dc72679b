import { z } from '@hono/zod-openapi'
import type { Principal } from '@patkit/tokens'
import { instantOut, NOTHING, pageSize } from '../fields.ts'
import { listAudit, listPrincipals } from '../operations.ts'
import { type Route, route } from '../route.ts'
import { organization } from '../scene.ts'
import { auditEvent, auditEventBody } from './audit-event.ts'
import { auditInput, auditQuery } from './audit-query.ts'
import { given } from './given.ts'
import { page } from './page.ts'

const principal = z
  .object({ id: z.string(), kind: z.enum(['user', 'service']), disabled_at: instantOut.nullable() })
  .openapi('Principal')

const principalQuery = z.strictObject({ limit: pageSize.optional(), cursor: z.string().optional() })

/** What belongs to the organization. */
export function organizationRows(): Route[] {
  const shared = { method: 'get', entry: organization, params: NOTHING, body: null, status: 200 } as const
  return [
    route({
      ...shared,
      id: 'listPrincipals',
      path: '/principals',
      summary: "The organization's principals, in the order of their ids",
      query: principalQuery,
      answer: page(principal),
      operation: listPrincipals,
      input: ({ query }) => given(query),
      output: ({ items, next }) => ({ items: items.map(principalBody), next_cursor: next }),
    }),
    route({
      ...shared,
      id: 'listAudit',
      path: '/audit',
      summary: 'Uses of tokens and changes to them, the newest first',
      query: auditQuery,
      answer: page(auditEvent),
      operation: listAudit,
      input: ({ query }) => auditInput(query),
      output: ({ items, next }) => ({ items: items.map(auditEventBody), next_cursor: next }),
    }),
  ]
}

function principalBody({ principalId, kind, disabledAt }: Principal): z.input<typeof principal> {
  return { id: principalId, kind, disabled_at: disabledAt?.toISOString() ?? null }
}

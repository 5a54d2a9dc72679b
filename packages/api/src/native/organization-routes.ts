import { z } from '@hono/zod-openapi'
import { organizationAdmin, principalAdmin } from '../access-policy.ts'
import { NOTHING } from '../fields.ts'
import { listAudit, listOrganizationTokens } from '../operations.ts'
import { type Route, route } from '../route.ts'
import { auditEvent, auditPage } from './audit-event.ts'
import { auditInput, auditQuery } from './audit-query.ts'
import { page } from './page.ts'
import { principalRows } from './principal-routes.ts'
import { token, tokenBody } from './token-body.ts'
import { listInput, listQuery } from './token-list.ts'

const ownedToken = token
  .extend({
    principal_id: z.string(),
    scopes_above_owner: z
      .array(z.string())
      .openapi({ description: 'Scopes that the ceiling of the owner does not cover' }),
  })
  .openapi('OwnedToken')

/** Routes for data of the organization. */
export function organizationRows(): Route[] {
  return [
    ...principalRows(),
    route({
      access: principalAdmin,
      params: NOTHING,
      id: 'listOrganizationTokens',
      method: 'get',
      path: '/organization/tokens',
      summary: 'A page of the tokens of all principals, in the orders of the list of tokens',
      query: listQuery,
      body: null,
      status: 200,
      answer: page(ownedToken).extend({ total: z.number().int() }),
      operation: listOrganizationTokens,
      input: ({ query }) => listInput(query),
      output: ({ items, next, total, scopesAboveOwners }) => ({
        items: items.map((item, index) => ({
          ...tokenBody(item),
          principal_id: item.principalId,
          scopes_above_owner: [...(scopesAboveOwners[index] ?? [])],
        })),
        next_cursor: next,
        total,
      }),
    }),
    route({
      access: organizationAdmin,
      params: NOTHING,
      id: 'listAudit',
      method: 'get',
      path: '/audit',
      summary: 'Uses of tokens and changes to them, the newest first',
      query: auditQuery,
      body: null,
      status: 200,
      answer: page(auditEvent),
      operation: listAudit,
      input: ({ query }) => auditInput(query),
      output: auditPage,
    }),
  ]
}

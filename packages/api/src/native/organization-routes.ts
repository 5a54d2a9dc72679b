import { organizationAdmin } from '../access-policy.ts'
import { NOTHING } from '../fields.ts'
import { listAudit } from '../operations.ts'
import { type Route, route } from '../route.ts'
import { auditEvent, auditPage } from './audit-event.ts'
import { auditInput, auditQuery } from './audit-query.ts'
import { page } from './page.ts'
import { principalRows } from './principal-routes.ts'

/** Routes for data of the organization. */
export function organizationRows(): Route[] {
  return [
    ...principalRows(),
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

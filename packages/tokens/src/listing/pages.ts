import { scopesAbove } from '../lifecycle/delegation.ts'
import type { ServiceContext } from '../service-context.ts'
import type { TokenService } from '../token-service.ts'
import { principalCursor, writeCursor } from './list-cursor.ts'
import { listQuery, principalQuery } from './list-query.ts'

/** Pages of tokens and of principals. */
export function createPages({
  store,
  life,
  now,
  view,
  scopeRules,
}: ServiceContext): Pick<TokenService, 'list' | 'listPrincipals' | 'scopesAboveOwners'> {
  return {
    async list(where, input = {}) {
      const query = listQuery(input, life, now())
      const { items, more, total } = await store.list(where, query)
      const last = items.at(-1)
      const next = more && last !== undefined ? writeCursor(last, query.sort, life) : null
      return { items: items.map(view), next, total }
    },
    async scopesAboveOwners({ organizationId }, tokens) {
      const ids = [...new Set(tokens.map(({ principalId }) => principalId))]
      const found = await store.findPrincipals(organizationId, ids)
      const owners = new Map(found.map((principal) => [principal.principalId, principal]))
      return tokens.map(({ scopes, principalId }) => {
        const owner = owners.get(principalId)
        return owner === undefined ? [] : scopesAbove(scopes, owner, scopeRules)
      })
    },
    async listPrincipals({ organizationId }, input = {}) {
      const { after, limit, kind } = principalQuery(input)
      const found = await store.listPrincipals(organizationId, after, limit + 1, kind)
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return { items, next: found.length > limit && last !== undefined ? principalCursor(last) : null }
    },
  }
}

import type { ChangeEvent } from '../../audit/change-event.ts'
import type { TokenStore } from '../token-store.ts'
import type { MemoryErasures } from './erasures.ts'
import { compareText, keyOf, type MemoryRows } from './rows.ts'

type PrincipalMethods = Pick<
  TokenStore,
  'putPrincipal' | 'insertPrincipal' | 'changePrincipal' | 'findPrincipal' | 'findPrincipals' | 'listPrincipals'
>

export function createPrincipals(
  { principals }: Pick<MemoryRows, 'principals'>,
  { returned }: Pick<MemoryErasures, 'returned'>,
  keepEvent: (event: ChangeEvent) => void,
): PrincipalMethods {
  return {
    async putPrincipal(principal, event) {
      if (!principals.has(keyOf(principal))) returned(principal, event.at)
      principals.set(keyOf(principal), principal)
      keepEvent(event)
    },

    async insertPrincipal(principal, event) {
      if (principals.has(keyOf(principal))) return 'duplicate'
      returned(principal, event.at)
      principals.set(keyOf(principal), principal)
      keepEvent(event)
      return 'ok'
    },

    async findPrincipals(organizationId, ids) {
      return [...new Set(ids)].flatMap((principalId) => principals.get(keyOf({ organizationId, principalId })) ?? [])
    },

    async changePrincipal(owner, change, event) {
      const principal = principals.get(keyOf(owner))
      if (principal === undefined) return null
      const changed = change(principal)
      if (changed === principal) return principal
      principals.set(keyOf(owner), changed)
      keepEvent(event)
      return changed
    },

    findPrincipal: async (owner) => principals.get(keyOf(owner)) ?? null,

    async listPrincipals(organizationId, after, limit, kind) {
      return [...principals.values()]
        .filter((principal) => principal.organizationId === organizationId)
        .filter((principal) => kind === null || principal.kind === kind)
        .filter(({ principalId }) => after === null || compareText(principalId, after) > 0)
        .sort((a, b) => compareText(a.principalId, b.principalId))
        .slice(0, limit)
    },
  }
}

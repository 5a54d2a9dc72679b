import { isId } from '../input/fields.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Owner, Principal, Token } from '../stores/token-store.ts'
import { invalidInput, principalNotFound, tokenNotFound, userNotFound } from '../token-error.ts'
import { type Actor, requireHeld } from './delegation.ts'

/** What verbs require of stored tokens and principals. Each rejects with a `TokenError`. */
export interface Requirements {
  requireToken(owner: Owner, id: string): Promise<Token>
  requirePrincipal(owner: Owner): Promise<Principal>
  /** A user that is enabled. */
  requireUser(organizationId: string, userId: string | null): Promise<void>
  /** Scopes of the catalog, where the service has one. */
  requireKnown(scopes: readonly string[]): void
  /** A caller that gets a token's secret, or extends its life or its addresses, must hold its scopes. */
  requireScopesOf(actor: Actor, owner: Owner, token: Pick<Token, 'scopes'>): Promise<void>
}

export function createRequirements({ store, catalog, scopeRules }: ServiceContext): Requirements {
  async function requirePrincipal(owner: Owner): Promise<Principal> {
    const principal = await store.findPrincipal(owner)
    if (principal === null) throw principalNotFound()
    return principal
  }

  return {
    requirePrincipal,
    async requireToken(owner, id) {
      const token = isId(id) ? await store.find(owner, id) : null
      if (token === null) throw tokenNotFound()
      return token
    },
    async requireUser(organizationId, userId) {
      if (userId === null) return
      const user = await store.findPrincipal({ organizationId, principalId: userId })
      if (user?.kind !== 'user' || user.disabledAt !== null) throw userNotFound()
    },
    requireKnown(scopes) {
      if (catalog === undefined) return
      const known = new Set(catalog.names)
      const index = scopes.findIndex((scope) => !known.has(scope) && !(scopeRules.wildcards && scope.includes('*')))
      if (index >= 0) throw invalidInput(`scopes/${index}`, 'is not a scope of this API')
    },
    async requireScopesOf(actor, owner, token) {
      const principal = await requirePrincipal(owner)
      requireHeld(token.scopes, actor, { ...principal, ceiling: null }, scopeRules)
    },
  }
}

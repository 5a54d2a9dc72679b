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
  /** Whether a token may have the scope: with a catalog, one of its scopes, or a wildcard. */
  isKnown(scope: string): boolean
  /** Rejects scopes that are not known. */
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

  const known = catalog === undefined ? null : new Set(catalog.names)
  const isKnown = (scope: string) =>
    known === null || known.has(scope) || (scopeRules.wildcards === true && scope.includes('*'))

  return {
    requirePrincipal,
    isKnown,
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
      const index = scopes.findIndex((scope) => !isKnown(scope))
      if (index >= 0) throw invalidInput(`scopes/${index}`, 'is not a scope of this API')
    },
    async requireScopesOf(actor, owner, token) {
      const principal = await requirePrincipal(owner)
      requireHeld(token.scopes, actor, { ...principal, ceiling: null }, scopeRules)
    },
  }
}

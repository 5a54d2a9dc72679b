import { validScopes } from '../input/fields.ts'
import type { TokenView } from '../listing/token-view.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Change, Owner, Token } from '../stores/token-store.ts'
import type { TokenService } from '../token-service.ts'
import type { ChangeLoop } from './change-loop.ts'
import { type Actor, requireHeld, requireUncovered } from './delegation.ts'
import type { Requirements } from './requirements.ts'
import { type UpdateInput, update } from './update.ts'

/** Changes what a token is called, may do, and is good for. */
export function createEdits(
  context: ServiceContext,
  requirements: Requirements,
  { changeToken }: Pick<ChangeLoop, 'changeToken'>,
): Pick<TokenService, 'update' | 'addScopes' | 'removeScopes' | 'clearScopes'> {
  const { requireKnown, requirePrincipal, requireScopesOf } = requirements

  async function edit(
    actor: Actor,
    owner: Owner,
    id: string,
    inputOf: (token: Token) => UpdateInput,
  ): Promise<TokenView> {
    return changeToken({ actor, owner, id, action: 'update' }, async (token, now) => {
      const change = update(token, inputOf(token), context, now)
      const held = new Set(token.scopes)
      const added = (change?.set.scopes ?? []).filter((scope) => !held.has(scope))
      requireKnown(added)
      if (added.length > 0) requireHeld(added, actor, await requirePrincipal(owner), context.scopeRules)
      if (isExtent(change)) await requireScopesOf(actor, owner, token)
      return change
    })
  }

  return {
    update: (actor, owner, id, input) => edit(actor, owner, id, () => input),
    async addScopes(actor, owner, id, scopes) {
      const added = validScopes('scopes', scopes)
      return edit(actor, owner, id, (token) => {
        requireUncovered(added, token.scopes, context.normalizeScopes)
        return { scopes: [...token.scopes, ...added] }
      })
    },
    removeScopes: (actor, owner, id, which) =>
      edit(actor, owner, id, ({ scopes: held }) => {
        const removed = new Set(validScopes('scopes', typeof which === 'function' ? which(held) : which))
        return { scopes: held.filter((scope) => !removed.has(scope)) }
      }),
    clearScopes: (actor, owner, id) => edit(actor, owner, id, () => ({ scopes: [] })),
  }
}

/** Whether a change says how long, or from where, a token is good. */
function isExtent(change: Change | null): boolean {
  return change !== null && ('expiresAt' in change.set || 'ipAllowlist' in change.set)
}

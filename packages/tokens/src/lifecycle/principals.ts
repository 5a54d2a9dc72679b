import type { ChangeEvent } from '../audit/change-event.ts'
import { validPrincipal } from '../input/fields.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Owner, Principal } from '../stores/token-store.ts'
import { principalNotFound, TokenError } from '../token-error.ts'
import type { NewPrincipal, TokenService } from '../token-service.ts'
import { checkedChange, isWhole, principalPut } from './change-principal.ts'
import type { Actor } from './delegation.ts'
import type { Requirements } from './requirements.ts'

export type PrincipalVerbs = Pick<TokenService, 'putPrincipal' | 'ensurePrincipal' | 'changePrincipal' | 'getPrincipal'>

const MOST_ATTEMPTS = 50

export function createPrincipals(
  context: ServiceContext,
  { requirePrincipal }: Pick<Requirements, 'requirePrincipal'>,
): PrincipalVerbs {
  const { store, invalidatePrincipal } = context

  const eventOf = (actor: Actor, owner: Owner, fields: readonly string[]) =>
    context.changeEvent({ action: 'principal', actorId: actor.id, owner, tokenId: null, fields })

  /** Changes the principal that exists, or adds it. Another call may add or remove it meanwhile. */
  async function putPart(principal: Principal, provided: Partial<Principal>, event: ChangeEvent): Promise<void> {
    const { organizationId, principalId, kind } = principal
    const change = (present: Principal) => ({ ...present, kind, ...provided })
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      if ((await store.changePrincipal({ organizationId, principalId }, change, event)) !== null) return
      if ((await store.insertPrincipal(principal, event)) === 'ok') return
    }
    throw new TokenError('ERR_PAT_TOKEN_CONFLICT', 'the principal is being changed too often: try again')
  }

  return {
    getPrincipal: requirePrincipal,
    async putPrincipal(actor, input) {
      const { principal, provided } = principalPut(input)
      const event = eventOf(actor, principal, ['kind', ...Object.keys(provided)])
      await (isWhole(provided) ? store.putPrincipal(principal, event) : putPart(principal, provided, event))
      await invalidatePrincipal(principal)
    },
    async ensurePrincipal(actor, owner, input) {
      const principal = newPrincipal(owner, input)
      const present = await store.findPrincipal(principal)
      if (present !== null) return present
      const event = eventOf(actor, principal, ['kind', 'disabledAt', 'ceiling'])
      if ((await store.insertPrincipal(principal, event)) === 'duplicate') return requirePrincipal(principal)
      await invalidatePrincipal(principal)
      return principal
    },
    async changePrincipal(actor, owner, change) {
      const event = eventOf(actor, owner, ['disabledAt', 'ceiling'])
      const changed = await store.changePrincipal(owner, checkedChange(change), event)
      if (changed === null) throw principalNotFound()
      await invalidatePrincipal(changed)
      return changed
    },
  }
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function newPrincipal(
  { organizationId, principalId }: Owner,
  { kind, ceiling, ...unknown }: NewPrincipal,
): Principal {
  return validPrincipal({ ...unknown, organizationId, principalId, kind, ceiling, disabledAt: null })
}

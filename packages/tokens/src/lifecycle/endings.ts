import { isId } from '../input/fields.ts'
import type { ServiceContext } from '../service-context.ts'
import type { Owner } from '../stores/token-store.ts'
import { tokenNotFound } from '../token-error.ts'
import type { TokenService } from '../token-service.ts'
import type { ChangeLoop } from './change-loop.ts'
import type { Actor } from './delegation.ts'
import { revocationReason, revoke } from './revoke.ts'

/** Revokes and deletes tokens. */
export function createEndings(
  context: ServiceContext,
  { changeToken }: Pick<ChangeLoop, 'changeToken'>,
): Pick<TokenService, 'revoke' | 'revokeAll' | 'delete' | 'deleteAll'> {
  const { store, changeEvent, invalidateToken } = context

  async function remove(actor: Actor, owner: Owner, id: string | null): Promise<number> {
    if (id !== null && !isId(id)) return 0
    const removed = await store.remove(owner, id, (token) =>
      changeEvent({ action: 'delete', actorId: actor.id, owner, tokenId: token.id }),
    )
    for (const token of removed) await invalidateToken(token.id, token.version + 1)
    return removed.length
  }

  return {
    async revoke(actor, owner, id, input = {}) {
      const reason = revocationReason(input)
      return changeToken({ actor, owner, id, action: 'revoke', reason }, async (token, now) => revoke(token, now))
    },
    async revokeAll(actor, owner, input = {}) {
      const reason = revocationReason(input)
      const revoked = await store.revokeAll(owner, context.now(), ({ id }) =>
        changeEvent({ action: 'revoke', actorId: actor.id, owner, tokenId: id, fields: ['revokedAt'], reason }),
      )
      for (const { id, version } of revoked) await invalidateToken(id, version)
      return revoked.length
    },
    async delete(actor, owner, id) {
      if ((await remove(actor, owner, id)) === 0) throw tokenNotFound()
    },
    deleteAll: (actor, owner) => remove(actor, owner, null),
  }
}

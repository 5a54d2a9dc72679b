import { PATKIT, type ServiceContext } from '../service-context.ts'
import type { StoredRecord } from '../stores/token-store.ts'

/** What the service does when a verifier sees a secret of a rotation. */
export interface Adoption {
  /** The first use of the new secret: all others end. */
  adopt(record: StoredRecord): Promise<void>
  /** A use of a secret that has ended: its event is kept. */
  reused(record: StoredRecord): Promise<void>
}

export function createAdoption({ store, now, changeEvent, invalidateToken }: ServiceContext): Adoption {
  return {
    async adopt({ id, digest, organizationId, principalId }) {
      const owner = { organizationId, principalId }
      const token = await store.find(owner, id)
      if (token === null) return
      const adopted = await store.updateIfVersion(owner, token.id, {
        version: token.version,
        change: { set: {}, addSecret: null, endOtherSecretsAt: now(), adopt: digest },
        limit: null,
        event: changeEvent({ action: 'secret_adopted', actorId: PATKIT, owner, tokenId: token.id }),
        answer: null,
      })
      if (typeof adopted === 'object') await invalidateToken(token.id, adopted.version)
    },
    async reused({ id, organizationId, principalId }) {
      const owner = { organizationId, principalId }
      await store.record([changeEvent({ action: 'secret_reused', actorId: PATKIT, owner, tokenId: id })])
    },
  }
}

import type { LoggedEvent } from './audit-store.ts'
import { concerns } from './erasure.ts'
import type { MemoryAudit } from './memory-audit.ts'
import type { Erasure, Owner, TokenStore } from './store.ts'

export interface MemoryErasures extends Pick<TokenStore, 'listErasures' | 'finishErasure'> {
  begin(erasure: Erasure): void
  /** A principal with this id was made. */
  returned(owner: Owner, at: Date): void
  /** The instant from which on events are the owner's. */
  since(owner: Owner): Date | null
  /** Erases from events that came late. */
  late(events: readonly LoggedEvent[]): void
  prune(before: Date): void
}

export function memoryErasures({ erase, keep }: Pick<MemoryAudit, 'erase' | 'keep'>): MemoryErasures {
  const erasures = new Map<string, Erasure>()
  const all = () => [...erasures.values()]

  return {
    begin: (erasure) => void erasures.set(erasure.pseudonym, erasure),
    returned(owner, at) {
      for (const erasure of all()) {
        if (isOf(owner, erasure) && erasure.returnedAt === null) {
          erasures.set(erasure.pseudonym, { ...erasure, returnedAt: at })
        }
      }
    },
    since(owner) {
      const returns = all().filter((erasure) => isOf(owner, erasure) && erasure.returnedAt !== null)
      const last = Math.max(...returns.map(({ returnedAt }) => Number(returnedAt)))
      return returns.length === 0 ? null : new Date(last)
    },
    late(events) {
      const concerned = all().filter((erasure) => events.some((event) => concerns(erasure, event)))
      for (const erasure of concerned) erase(erasure, Number.POSITIVE_INFINITY)
    },
    prune(before) {
      const old = all().filter(({ events, doneAt }) => events !== 'keep' && doneAt !== null && doneAt <= before)
      for (const { pseudonym } of old) erasures.delete(pseudonym)
    },
    listErasures: async () => all(),
    async finishErasure({ pseudonym }, at, event) {
      const erasure = erasures.get(pseudonym)
      if (erasure === undefined || erasure.doneAt !== null) return
      erasures.set(pseudonym, { ...erasure, doneAt: at })
      keep(event)
    },
  }
}

function isOf({ organizationId, principalId }: Owner, erasure: Erasure): boolean {
  return erasure.organizationId === organizationId && erasure.principalId === principalId
}

import type { Imported, Owner, TokenStatus } from '@patkit/tokens'
import type { LineFault } from './foreign-token.ts'

/** How many tokens of an owner came over, and how many were there already. */
export interface OwnerTally extends Owner {
  readonly imported: number
  readonly present: number
}

export interface Tally {
  readonly imported: number
  /** Tokens whose digest was there already, and that were left as they are. */
  readonly present: number
  /** What the tokens are, those that were there included. */
  readonly byStatus: Readonly<Record<TokenStatus, number>>
  /** The first ten thousand owners. */
  readonly byOwner: readonly OwnerTally[]
  /** Tokens of further owners. */
  readonly ofOtherOwners: number
}

/** The first thousand, in the order of their lines. */
export interface FaultList {
  readonly faults: readonly LineFault[]
  readonly faultCount: number
}

const MOST_OWNERS = 10_000
const MOST_FAULTS = 1_000

export function createTally(): { add(owner: Owner, imported: Imported): void; result(): Tally } {
  const sums = { imported: 0, present: 0 }
  const byStatus: Record<TokenStatus, number> = { active: 0, expired: 0, revoked: 0 }
  const owners = new Map<string, Owner & { imported: number; present: number }>()
  let ofOtherOwners = 0
  return {
    add({ organizationId, principalId }, { token, imported }) {
      const outcome = imported ? 'imported' : 'present'
      sums[outcome]++
      byStatus[token.status]++
      const key = JSON.stringify([organizationId, principalId])
      const known = owners.get(key) ?? { organizationId, principalId, imported: 0, present: 0 }
      if (owners.size < MOST_OWNERS) owners.set(key, known)
      if (owners.has(key)) known[outcome]++
      else ofOtherOwners++
    },
    result: () => ({ ...sums, byStatus, byOwner: [...owners.values()], ofOtherOwners }),
  }
}

export function createFaultList(): { add(fault: LineFault): void; result(): FaultList } {
  const faults: LineFault[] = []
  let faultCount = 0
  return {
    add(fault) {
      faultCount++
      if (faults.length < MOST_FAULTS) faults.push(fault)
    },
    result: () => ({ faults: faults.toSorted((a, b) => a.line - b.line), faultCount }),
  }
}

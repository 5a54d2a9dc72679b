import type { Plan } from './plan.ts'

/** What a table says of a credential: the token behind it and the secret that it is. */
export interface Sight {
  readonly id: string
  /** Counted in every walk; shown to the verifier where records carry versions. */
  readonly version: number
  readonly principalId: string
  readonly organizationId: string
  readonly revoked: boolean
  readonly expiresAt: number | null
  readonly secretEndsAt: number | null
  readonly principalDisabled: boolean
  readonly awaitsAdoption: boolean
}

export interface Token {
  readonly id: string
  readonly version: number
  readonly principalId: string
  readonly organizationId: string
  readonly exists: boolean
  readonly revoked: boolean
  readonly expiresAt: number | null
  /** End of life of each secret so far, oldest first; `null` for none. */
  readonly secretEnds: readonly (number | null)[]
  /** The secret whose first use ends the others, where the last rotation keeps them alive. */
  readonly awaited: number | null
  /** Written without a new version. */
  readonly lastUsedAt: number
}

/** Everything that is true from one instant to the next change. */
export interface Snapshot {
  readonly at: number
  readonly tokens: readonly Token[]
  readonly disabledPrincipals: readonly string[]
}

/** The tables, and everything that they held before. */
export interface Truth {
  readonly current: Snapshot
  readonly credentials: readonly string[]
  change(next: Omit<Snapshot, 'at'>, now: number): void
  /** The states that were true at some instant from `since` on, oldest first. */
  since(instant: number): readonly Snapshot[]
}

/** How many secrets a token can have over its life; those not yet given out are unknown tokens. */
export const SECRETS = 3

export function createTruth(plan: Plan, now: number): Truth {
  const tokens = Array.from({ length: plan.tokens }, (_, index) => newToken(index))
  const history: Snapshot[] = [{ at: now, tokens, disabledPrincipals: [] }]
  const credentials = tokens.flatMap(({ id }) => Array.from({ length: SECRETS }, (_, secret) => `${id}.${secret}`))
  return {
    get current() {
      return history.at(-1) as Snapshot
    },
    credentials,
    change: (next, at) => void history.push({ ...next, at }),
    since(instant) {
      const first = history.findLastIndex(({ at }) => at <= instant)
      return history.slice(Math.max(first, 0))
    },
  }
}

function newToken(index: number): Token {
  return {
    id: `t${index + 1}`,
    version: 1,
    principalId: `p${(index % 2) + 1}`,
    organizationId: 'o1',
    exists: true,
    revoked: false,
    expiresAt: null,
    secretEnds: [null],
    awaited: null,
    lastUsedAt: 0,
  }
}

export function sightOf({ tokens, disabledPrincipals }: Snapshot, credential: string): Sight | null {
  const [id, secret] = credential.split('.')
  const token = tokens.find((candidate) => candidate.id === id)
  const secretEndsAt = token?.secretEnds[Number(secret)]
  if (token === undefined || !token.exists || secretEndsAt === undefined) return null
  const principalDisabled = disabledPrincipals.includes(token.principalId)
  return { ...token, secretEndsAt, principalDisabled, awaitsAdoption: token.awaited === Number(secret) }
}

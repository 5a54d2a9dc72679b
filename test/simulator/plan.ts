import type { Random } from './random.ts'

/** What stays the same throughout a walk. */
export interface Plan {
  readonly channel: 'none' | 'in-process' | 'network'
  /** How many digests `resolveMany` is asked for at once; `null` for `resolve`. */
  readonly maxBatch: number | null
  /** Whether records carry their version. */
  readonly versioned: boolean
  /** How far the replica that is read may be behind. */
  readonly lagMs: number
  readonly ttlMs: number
  readonly negativeTtlMs: number
  readonly leaseMs: number
  readonly timeoutMs: number
  /** How long a request waits for its event; `null` without audit. */
  readonly auditTimeoutMs: number | null
  readonly cacheEntries: number
  readonly negativeEntries: number
  readonly maxPending: number
  readonly tokens: number
  readonly steps: number
}

export function drawPlan(random: Random): Plan {
  return {
    channel: random.pick(['none', 'in-process', 'network', 'network', 'network', 'network']),
    maxBatch: random.pick([null, null, 1, 2, 3]),
    versioned: random.chance(0.7),
    lagMs: random.pick([0, 0, 300, 3_000]),
    ttlMs: random.pick([0, 1_000, 5_000, 60_000]),
    negativeTtlMs: random.pick([0, 500, 5_000]),
    leaseMs: random.pick([500, 2_000, 10_000]),
    timeoutMs: random.pick([100, 1_000, 5_000]),
    cacheEntries: random.pick([1, 2, 4, 100]),
    negativeEntries: random.pick([1, 2, 100]),
    maxPending: random.pick([1, 2, 4, 100]),
    auditTimeoutMs: random.pick([null, null, 50, 1_000]),
    tokens: random.pick([1, 1, 2, 3]),
    steps: 20 + random.below(41),
  }
}

export function describePlan(plan: Plan): string {
  const resolver = plan.maxBatch === null ? 'resolve' : `resolveMany of up to ${plan.maxBatch}`
  const records = plan.versioned ? 'records with versions' : 'records without versions'
  return [
    `${plan.tokens} token(s), ${records}; ${resolver}, replica up to ${plan.lagMs} ms behind; channel: ${plan.channel}`,
    plan.auditTimeoutMs === null
      ? 'no audit'
      : `required audit, which requests wait for up to ${plan.auditTimeoutMs} ms`,
    `TTL ${plan.ttlMs}, negative TTL ${plan.negativeTtlMs}, lease ${plan.leaseMs}, time-out ${plan.timeoutMs} ms`,
    `remembers ${plan.cacheEntries} records and ${plan.negativeEntries} unknown tokens; ${plan.maxPending} lookups may be pending`,
  ].join('\n')
}

import type { Random } from './random.ts'

/**
 * `one`: what one node promises, with a channel that is scripted. `many`: several nodes, whose clocks differ, with the real
 * channels over a scripted server or log.
 */
export type Scene = 'one' | 'many'

/** What stays the same throughout a walk. */
export interface Plan {
  /** `network`, a scripted channel, or a real one: over a connection, by polling, or polling behind a connection. */
  readonly channel: 'none' | 'in-process' | 'network' | 'connected' | 'polling' | 'backstop'
  readonly nodes: number
  /** How far the clocks of the nodes, and that of the database, may be from the true time. */
  readonly skewMs: number
  /** How far the clocks of the nodes are set forward or back at once; 0 where they never are. */
  readonly clockStepMs: number
  /** How often the resolver answers at once. */
  readonly promptness: number
  /** How often the server and the log of a real channel go on at once. */
  readonly haste: number
  /** How long a transaction that is announced by a log may stay open. */
  readonly overlapMs: number
  /** How often a real channel sends a ping or reads the log; 0 without one. */
  readonly everyMs: number
  /** How long a connection may be silent. */
  readonly silenceMs: number
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

/** @param clocks draws whether clocks are set: walks in which they are not stay the walks that they were without */
export function drawPlan(random: Random, scene: Scene, clocks: Random): Plan {
  return scene === 'one' ? drawOne(random) : { ...drawMany(random), clockStepMs: drawClockStep(clocks) }
}

/** More than the second that is not noticed, less and more than a lease, and more than a transaction stays open. */
function drawClockStep(random: Random): number {
  return random.chance(0.5) ? 0 : random.pick([1_500, 5_000, 90_000, 3_600_000])
}

function drawOne(random: Random): Plan {
  const channel = random.pick(['none', 'in-process', 'network', 'network', 'network', 'network'] as const)
  return {
    channel,
    ...{ nodes: channel === 'none' ? 1 : 2, skewMs: 0, clockStepMs: 0, promptness: 0.4, haste: 1 },
    ...{ overlapMs: 0, everyMs: 0, silenceMs: 0 },
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

/** Memory is at stake: lookups mostly succeed, and records are remembered for long. */
function drawMany(random: Random): Omit<Plan, 'clockStepMs'> {
  const leaseMs = random.pick([2_000, 10_000])
  const everyMs = random.pick([leaseMs / 5, leaseMs * 0.9, leaseMs * 1.5])
  return {
    channel: random.pick(['network', 'connected', 'connected', 'polling', 'polling', 'backstop']),
    nodes: random.pick([2, 2, 3, 4]),
    skewMs: random.pick([0, 1_000, 3_600_000]),
    promptness: 0.8,
    haste: random.pick([0.8, 0.3]),
    overlapMs: random.pick([10_000, 60_000]),
    everyMs,
    silenceMs: random.pick([everyMs * 3, everyMs * 10]),
    maxBatch: random.pick([null, null, null, 2]),
    versioned: random.chance(0.8),
    lagMs: random.pick([0, 300, 3_000]),
    ttlMs: random.pick([5_000, 60_000, 60_000]),
    negativeTtlMs: random.pick([0, 500, 5_000]),
    leaseMs,
    timeoutMs: random.pick([1_000, 5_000]),
    cacheEntries: random.pick([2, 100, 100]),
    negativeEntries: random.pick([1, 100]),
    maxPending: 100,
    auditTimeoutMs: random.pick([null, null, null, null, 1_000]),
    tokens: random.pick([1, 2, 2, 3]),
    steps: 40 + random.below(61),
  }
}

export function describePlan(plan: Plan): string {
  const resolver = plan.maxBatch === null ? 'resolve' : `resolveMany of up to ${plan.maxBatch}`
  const records = plan.versioned ? 'records with versions' : 'records without versions'
  return [
    `${plan.tokens} token(s), ${records}; ${resolver}, replica up to ${plan.lagMs} ms behind; channel: ${plan.channel}`,
    ...(plan.skewMs > 0 ? [`${plan.nodes} nodes, whose clocks are up to ${plan.skewMs} ms off`] : []),
    ...(plan.clockStepMs > 0 ? [`clocks are set forward and back by ${plan.clockStepMs} ms`] : []),
    plan.auditTimeoutMs === null
      ? 'no audit'
      : `required audit, which requests wait for up to ${plan.auditTimeoutMs} ms`,
    `TTL ${plan.ttlMs}, negative TTL ${plan.negativeTtlMs}, lease ${plan.leaseMs}, time-out ${plan.timeoutMs} ms`,
    `remembers ${plan.cacheEntries} records and ${plan.negativeEntries} unknown tokens; ${plan.maxPending} lookups may be pending`,
  ].join('\n')
}

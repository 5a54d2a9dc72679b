import type { Core } from '../contract/core.ts'
import { createHarness } from './harness.ts'
import type { Node } from './node.ts'
import { verdictOn } from './oracle.ts'
import { describePlan, type Scene } from './plan.ts'
import { type Harness, runTimers, takeStep } from './steps.ts'
import { sightOf } from './truth.ts'
import { createWorld, type Records, type World } from './world.ts'

export interface Walk {
  readonly seed: number
  /** What broke the promise first, where something did: the walk ends there. */
  readonly violation: string | null
  readonly steps: number
}

/** Rounds of time-outs after which every question must have been answered: one for each lookup, one to spare. */
const ROUNDS = 4
/** Longer than a silent connection, the wait for the next one and a read that hangs. */
const RECOVERY_MS = 120_000

/** Walks through one interleaving of events. The same core, scene and seed walk the same way. */
export async function walk(core: Core, scene: Scene, seed: number, records: Records): Promise<Walk> {
  const world = createWorld(seed, scene, records)
  const violations: string[] = []
  records.lines?.push(`seed ${seed}`, describePlan(world.plan))
  const restoreTimers = world.timeline.install()
  let trail: Harness['trail'] = null
  try {
    const harness = createHarness(core, world, (objection) => void violations.push(objection))
    connect(harness)
    trail = harness.trail
    const steps = await takeSteps(harness, violations)
    if (violations.length === 0) await finish(harness, violations)
    return { seed, violation: violations[0] ?? null, steps }
  } finally {
    trail?.close()
    restoreTimers()
  }
}

/** Most walks begin with connected nodes. */
function connect({ world, nodes, routes, wires }: Harness): void {
  // The first request subscribes.
  if (wires.length > 0) for (const node of nodes) node.verify(world.truth.credentials[0] as string)
  for (const route of routes) {
    if (!route.connected || world.random.chance(0.2)) continue
    route.ping()
    route.echo()
  }
}

async function takeSteps(harness: Harness, violations: string[]): Promise<number> {
  const { plan } = harness.world
  for (let step = 1; step <= plan.steps; step++) {
    harness.waitingBefore = harness.nodes.flatMap(({ waiting }) => [...waiting])
    const taking = takeStep(harness)
    if (taking !== undefined) await taking
    violations.push(...overfull(harness))
    if (violations.length > 0) return step
  }
  return plan.steps
}

function overfull({ nodes, resolver, world }: Harness): string[] {
  const { maxPending } = world.plan
  const over = nodes.filter(({ name }) => resolver.pending(name) > maxPending)
  return over.map(({ name }) => `pending: ${name} waits for more than ${maxPending} credentials`)
}

/** Lets everything run out: all pending requests must be answered, and afterwards every node must know the truth. */
async function finish(harness: Harness, violations: string[]): Promise<void> {
  const { world, nodes, resolver } = harness
  const { leaseMs, negativeTtlMs, timeoutMs, ttlMs } = world.plan
  world.note(() => 'the end: from here on the resolver answers at once with the truth')
  resolver.heal()
  harness.trail?.heal()
  for (const wire of harness.wires) wire.heal()
  world.finish()
  for (let round = 0; round < ROUNDS; round++) await pass(harness, timeoutMs)
  const forgotten = nodes.flatMap(({ waiting }) => [...waiting])
  violations.push(...forgotten.map(({ number }) => `answered: #${number} has no answer`))
  violations.push(...(await recordedOtherwise(harness)))
  await pass(harness, leaseMs + negativeTtlMs + ttlMs)
  for (const node of nodes) {
    for (const credential of [...world.truth.credentials, ...world.truth.credentials]) {
      const wrong = await askedAtLast(harness, node, credential)
      if (wrong !== null) violations.push(wrong)
    }
    const { entries } = node.verifier.health
    if (entries > world.plan.cacheEntries) violations.push(`pending: ${node.name} remembers ${entries} records`)
  }
  violations.push(...(await stillUncached(harness)))
}

/** Nodes that follow a real channel, and do not trust their memory again when all has been well for a while. */
async function stillUncached(harness: Harness): Promise<string[]> {
  const { everyMs, leaseMs } = harness.world.plan
  if (harness.wires.length === 0 || everyMs >= leaseMs) return []
  await pass(harness, RECOVERY_MS)
  // A subscription that failed is tried again with the next request.
  for (const node of harness.nodes) node.verify(harness.world.truth.credentials[0] as string)
  await pass(harness, RECOVERY_MS)
  const uncached = harness.nodes.filter(({ verifier }) => verifier.health.mode === 'uncached')
  return uncached.map(({ name }) => `recovered: ${name} does not use its memory`)
}

/** The last event of a question in the log must equal its answer. */
async function recordedOtherwise({ answers, nodes, trail, world }: Harness): Promise<string[]> {
  if (trail === null) return []
  for (const { verifier } of nodes) void verifier.flush()
  await turns(world)
  const wrong = answers.filter(({ question: { number }, outcome }) => (trail.lastWord(number) ?? outcome) !== outcome)
  return wrong.map(
    ({ question: { number }, outcome }) => `on record: #${number} ${outcome} as ${trail.lastWord(number)}`,
  )
}

/** Lets the event loop turn until nothing waits for that. */
async function turns(world: World): Promise<void> {
  await world.settle()
  while (world.timeline.turnWaiting) {
    world.turnLoop()
    await world.settle()
  }
}

async function pass(harness: Harness, ms: number): Promise<void> {
  harness.waitingBefore = harness.nodes.flatMap(({ waiting }) => [...waiting])
  await turns(harness.world)
  await runTimers(harness, harness.world.timeline.now + ms)
}

async function askedAtLast(harness: Harness, node: Node, credential: string): Promise<string | null> {
  const { truth, timeline } = harness.world
  harness.waitingBefore = []
  harness.world.note(() => `${node.name} is asked about ${credential}`)
  const answer = node.verify(credential)
  await turns(harness.world)
  const expected = verdictOn(sightOf(truth.current, credential), timeline.now + node.link.skewAt(harness.world.seq))
  const outcome = await Promise.race([answer, 'no answer'])
  return outcome === expected ? null : `recovered: ${node.name} says ${outcome} of ${credential}, which is ${expected}`
}

import type { Core } from '../contract/credentials.ts'
import type { Node } from './node.ts'
import { verdictOn } from './oracle.ts'
import { describePlan } from './plan.ts'
import { setStage } from './stage.ts'
import { runTimers, type Stage, takeStep } from './steps.ts'
import { sightOf } from './truth.ts'
import { createWorld, type Records } from './world.ts'

export interface Walk {
  readonly seed: number
  /** What broke the promise first, where something did: the walk ends there. */
  readonly violation: string | null
  readonly steps: number
}

/** Rounds of time-outs after which every question must have been answered: one for each lookup, one to spare. */
const ROUNDS = 4

/** Walks through one interleaving of events. The same core and seed walk the same way. */
export async function walk(core: Core, seed: number, records: Records): Promise<Walk> {
  const world = createWorld(seed, records)
  const violations: string[] = []
  records.lines?.push(`seed ${seed}`, describePlan(world.plan))
  const restoreTimers = world.timeline.install()
  try {
    const stage = setStage(core, world, (objection) => void violations.push(objection))
    connect(stage)
    const steps = await takeSteps(stage, violations)
    if (violations.length === 0) await finish(stage, violations)
    return { seed, violation: violations[0] ?? null, steps }
  } finally {
    restoreTimers()
  }
}

/** Most walks begin with nodes that hear each other. */
function connect({ world, nodes, routes }: Stage): void {
  for (const node of nodes) void node.verifier.health
  for (const route of routes) {
    if (!route.connected || world.random.chance(0.2)) continue
    route.ping()
    route.echo()
  }
}

async function takeSteps(stage: Stage, violations: string[]): Promise<number> {
  const { plan } = stage.world
  for (let step = 1; step <= plan.steps; step++) {
    stage.waitingBefore = stage.nodes.flatMap(({ waiting }) => [...waiting])
    const taking = takeStep(stage)
    if (taking !== undefined) await taking
    violations.push(...overfull(stage))
    if (violations.length > 0) return step
  }
  return plan.steps
}

function overfull({ nodes, resolver, world }: Stage): string[] {
  const { maxPending } = world.plan
  const over = nodes.filter(({ name }) => resolver.pending(name) > maxPending)
  return over.map(({ name }) => `pending: ${name} waits for more than ${maxPending} credentials`)
}

/** Lets everything run out: whoever waits must be answered, and afterwards every node must know the truth. */
async function finish(stage: Stage, violations: string[]): Promise<void> {
  const { world, nodes, resolver } = stage
  const { leaseMs, negativeTtlMs, timeoutMs, ttlMs } = world.plan
  world.note(() => 'the end: from here on the resolver answers at once with the truth')
  resolver.heal()
  world.finish()
  for (let round = 0; round < ROUNDS; round++) await pass(stage, timeoutMs)
  const forgotten = nodes.flatMap(({ waiting }) => [...waiting])
  violations.push(...forgotten.map(({ number }) => `answered: #${number} has no answer`))
  await pass(stage, leaseMs + negativeTtlMs + ttlMs)
  for (const node of nodes) {
    for (const credential of [...world.truth.credentials, ...world.truth.credentials]) {
      const wrong = await askedAtLast(stage, node, credential)
      if (wrong !== null) violations.push(wrong)
    }
    const { entries } = node.verifier.health
    if (entries > world.plan.cacheEntries) violations.push(`pending: ${node.name} remembers ${entries} records`)
  }
}

async function pass(stage: Stage, ms: number): Promise<void> {
  stage.waitingBefore = stage.nodes.flatMap(({ waiting }) => [...waiting])
  await stage.world.settle()
  stage.world.turnLoop()
  await runTimers(stage, stage.world.timeline.now + ms)
}

async function askedAtLast(stage: Stage, node: Node, credential: string): Promise<string | null> {
  const { truth, timeline } = stage.world
  stage.waitingBefore = []
  stage.world.note(() => `${node.name} is asked about ${credential}`)
  const answer = node.verify(credential)
  await stage.world.settle()
  if (timeline.turnWaiting) stage.world.turnLoop()
  await stage.world.settle()
  const expected = verdictOn(sightOf(truth.current, credential), timeline.now)
  const outcome = await Promise.race([answer, 'no answer'])
  return outcome === expected ? null : `recovered: ${node.name} says ${outcome} of ${credential}, which is ${expected}`
}

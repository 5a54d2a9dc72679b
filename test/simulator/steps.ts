import type { Invalidation } from '@patkit/core/adapter'
import type { Answer, Question } from './answer.ts'
import type { AuditTrail } from './audit-trail.ts'
import { adoption, type Change, drawChange, drawInvalidation } from './change.ts'
import type { Chore } from './housekeeping.ts'
import type { Route } from './network.ts'
import type { Node } from './node.ts'
import type { ScriptedResolver } from './scripted-resolver.ts'
import type { Waiting, Wire } from './wire.ts'
import type { World } from './world.ts'

/** Everything that steps act upon. */
export interface Harness {
  readonly world: World
  readonly resolver: ScriptedResolver
  /** The audit log that requests wait for, where they do. */
  readonly trail: AuditTrail | null
  readonly nodes: readonly Node[]
  /** How messages get to each node, where the channel is a network. */
  readonly routes: readonly Route[]
  /** What lies under the channels, where they are real. */
  readonly wires: readonly Wire[]
  /** Changes that are not announced yet. */
  readonly unannounced: Change[]
  /** What requests have given the system to do. */
  readonly chores: Chore[]
  readonly answers: Answer[]
  /** Questions that had no answer when the present step began. */
  waitingBefore: readonly Question[]
}

interface Step {
  readonly name: string
  /** How often it is drawn, compared with the others that are possible. */
  readonly weight: number
  possible(harness: Harness): boolean
  /** Only a promise where something has to happen before it: then the code of the verifiers runs on. */
  take(harness: Harness): void | Promise<void>
}

const always = () => true
const withMessage = ({ routes }: Harness) => routes.some(({ messages }) => messages.length > 0)
const connected = ({ routes }: Harness) => routes.some((route) => route.connected)

const writing = ({ trail }: Harness) => trail !== null && trail.unsettled.length > 0

const STEPS: readonly Step[] = [
  { name: 'verify', weight: 12, possible: always, take: verify },
  { name: 'answer', weight: 9, possible: ({ resolver }) => resolver.unsettled.length > 0, take: answer },
  { name: 'fail', weight: 1, possible: ({ resolver }) => resolver.unsettled.length > 0, take: fail },
  { name: 'write', weight: 9, possible: writing, take: write },
  { name: 'fail to write', weight: 1, possible: writing, take: failToWrite },
  { name: 'housekeeping', weight: 6, possible: ({ chores }) => chores.length > 0, take: keepHouse },
  { name: 'change', weight: 4, possible: always, take: change },
  { name: 'announce', weight: 6, possible: ({ unannounced }) => unannounced.length > 0, take: announce },
  { name: 'turn', weight: 12, possible: ({ world }) => world.timeline.turnWaiting, take: turn },
  { name: 'wait', weight: 4, possible: always, take: wait },
  { name: 'pause', weight: 2, possible: always, take: pause },
  { name: 'wake', weight: 4, possible: ({ world }) => world.timeline.overdue, take: wake },
  { name: 'set a clock', weight: 2, possible: ({ world }) => world.plan.clockStepMs > 0, take: setClock },
  { name: 'ping', weight: 5, possible: connected, take: ping },
  { name: 'echo', weight: 12, possible: ({ routes }) => routes.some(({ echoReady }) => echoReady), take: echo },
  { name: 'deliver', weight: 4, possible: withMessage, take: deliver },
  { name: 'duplicate', weight: 1, possible: withMessage, take: duplicate },
  { name: 'lose', weight: 1, possible: withMessage, take: lose },
  { name: 'gap', weight: 1, possible: connected, take: gap },
  { name: 'carry', weight: 16, possible: (harness) => waitingOf(harness).length > 0, take: carry },
  { name: 'break', weight: 3, possible: (harness) => breaksOf(harness).length > 0, take: breakSomething },
]

/** A step back of no more than this is not noticed. */
const UNNOTICED_MS = 1_000

/** How often the code goes on to the next step before anything that waits for a promise has gone on. */
const AT_ONCE = 0.15

/** Takes one of the steps that are possible now, drawn at random. Mostly everything has come to rest after it. */
export function takeStep(harness: Harness): void | Promise<void> {
  const { world } = harness
  const step = drawStep(harness)
  world.tick()
  world.count(`step: ${step.name}`)
  const taking = step.take(harness)
  if (taking !== undefined) return taking.then(world.settle)
  return world.random.chance(AT_ONCE) ? undefined : world.settle()
}

function drawStep(harness: Harness): Step {
  const possible = STEPS.filter((step) => step.possible(harness))
  let left = harness.world.random.below(possible.reduce((sum, { weight }) => sum + weight, 0))
  for (const step of possible) {
    left -= step.weight
    if (left < 0) return step
  }
  return possible[0] as Step
}

function verify({ world, nodes }: Harness): void {
  const { random, truth } = world
  const node = random.pick(nodes)
  const { id, secretEnds } = random.pick(truth.current.tokens)
  const issued = `${id}.${random.below(secretEnds.length)}`
  const credential = random.chance(0.9) ? issued : random.pick(truth.credentials)
  world.note(() => `${node.name} is asked about ${credential}, #${world.seq + 1}`)
  node.verify(credential)
}

function answer({ world, resolver }: Harness): void {
  const call = world.random.pick(resolver.unsettled)
  world.note(() => `the resolver answers call ${call.number}`)
  resolver.answer(call)
}

function fail({ world, resolver }: Harness): void {
  const call = world.random.pick(resolver.unsettled)
  world.note(() => `the resolver fails call ${call.number}`)
  resolver.fail(call)
}

function change({ world, unannounced }: Harness): void {
  const { truth, timeline, random } = world
  const made = drawChange(truth.current, timeline.now, random)
  truth.change(made.next, timeline.now)
  unannounced.push(made)
  world.note(() => `change: ${made.text}`)
}

function announce({ world, nodes, unannounced }: Harness): void {
  const { random } = world
  const [made] = unannounced.splice(random.below(unannounced.length), 1)
  if (made !== undefined) publish(world, random.pick(nodes), made, drawInvalidation(made, random))
}

function publish({ timeline, announcements, tick, note }: World, node: Node, made: Change, what: Invalidation): void {
  announcements.push({ what, by: node.name, seq: tick(), at: timeline.now, sent: false, heardBy: new Set() })
  note(() => `${node.name}.invalidate(${JSON.stringify(what)}) because of: ${made.text}`)
  node.invalidate(what)
}

function write({ world, trail }: Harness): void {
  const due = world.random.pick(trail?.unsettled ?? [])
  world.note(() => `the log has kept write ${due.number}`)
  trail?.commit(due)
}

function failToWrite({ world, trail }: Harness): void {
  const due = world.random.pick(trail?.unsettled ?? [])
  world.note(() => `the log fails write ${due.number}`)
  trail?.fail(due)
}

/** Runs the oldest task of the system. A change is announced by the node that made it. */
function keepHouse(harness: Harness): void {
  const { world, chores } = harness
  const chore = chores.shift() as Chore
  world.count(`housekeeping: ${chore.kind}`)
  if (chore.kind === 'touch') touch(world, chore)
  if (chore.kind === 'reuse') world.note(() => `the system notes that a secret of ${chore.id} was used again`)
  if (chore.kind === 'adopt') adopt(harness, chore)
}

function adopt({ world, nodes }: Harness, { id, node: name, secret }: Extract<Chore, { kind: 'adopt' }>): void {
  const { truth, timeline } = world
  const made = adoption(truth.current, id, secret, timeline.now)
  if (made === null) return
  truth.change(made.next, timeline.now)
  world.count('housekeeping: adopted')
  const node = nodes.find((candidate) => candidate.name === name) as Node
  publish(world, node, made, { kind: 'token', id, minVersion: made.token.version })
}

function touch({ truth, timeline, note }: World, { id, at }: Extract<Chore, { kind: 'touch' }>): void {
  const { tokens, ...rest } = truth.current
  const touched = tokens.map((token) =>
    token.id === id ? { ...token, lastUsedAt: Math.max(token.lastUsedAt, at) } : token,
  )
  truth.change({ ...rest, tokens: touched }, timeline.now)
  note(() => `the system writes that ${id} was used at ${at}`)
}

async function turn({ world }: Harness): Promise<void> {
  await world.settle()
  world.note(() => 'the event loop turns')
  world.turnLoop()
}

async function wait(harness: Harness): Promise<void> {
  await harness.world.settle()
  const until = harness.world.timeline.now + drawDuration(harness.world)
  harness.world.note(() => `time passes until ${until} ms`)
  harness.world.turnLoop()
  await runTimers(harness, until)
}

/** Runs the timers up to an instant, and then it is that instant. */
export async function runTimers({ world, resolver }: Harness, until: number): Promise<void> {
  const { timeline } = world
  await world.settle()
  while (timeline.runTimer(until)) {
    resolver.noteAborts()
    await world.settle()
  }
  timeline.pause(Math.max(0, until - timeline.now))
}

function pause({ world }: Harness): void {
  world.timeline.pause(drawDuration(world))
  world.note(() => 'the process was paused until now')
}

async function wake(harness: Harness): Promise<void> {
  harness.world.note(() => 'late timers run')
  await runTimers(harness, harness.world.timeline.now)
}

/** A clock that is set back is noticed if the next request comes before the clock is where the last request saw it. */
function setClock({ world, nodes }: Harness): void {
  const node = world.random.pick(nodes)
  const byMs = drawClockStep(world, node)
  const credential = world.truth.credentials[0] as string
  node.verify(credential)
  node.link.stepClock(byMs)
  world.note(() => `the clock of ${node.name} is set ${byMs > 0 ? 'forward' : 'back'} by ${Math.abs(byMs)} ms`)
  node.verify(credential)
}

/** Back to where the node has caught up at last, too: as far as a lease allows. */
function drawClockStep({ plan, random }: World, { link }: Node): number {
  const sinceCaughtUp = link.clock() - link.asOf
  if (sinceCaughtUp > UNNOTICED_MS && sinceCaughtUp <= plan.leaseMs && random.chance(0.7)) return -sinceCaughtUp
  return random.pick([-1, 1]) * plan.clockStepMs
}

function ping({ world, routes }: Harness): void {
  const route = world.random.pick(routes.filter((candidate) => candidate.connected))
  world.note(() => `${route.node} sends a ping`)
  route.ping()
}

function echo({ world, routes }: Harness): void {
  const route = world.random.pick(routes.filter(({ echoReady }) => echoReady))
  world.note(() => `${route.node} receives the echo of its ping of ${route.oldestPingAt} ms`)
  route.echo()
}

function deliver(harness: Harness): void {
  const route = drawMessageRoute(harness)
  const what = route.deliver()
  harness.world.note(() => `${route.node} receives ${JSON.stringify(what)}`)
}

function duplicate(harness: Harness): void {
  const route = drawMessageRoute(harness)
  const what = route.duplicate()
  harness.world.note(() => `${route.node} receives ${JSON.stringify(what)}, and will receive it again`)
}

function lose(harness: Harness): void {
  const route = drawMessageRoute(harness)
  const what = route.lose()
  harness.world.note(() => `lost on the way to ${route.node}: ${JSON.stringify(what)}`)
}

function gap({ world, routes }: Harness): void {
  const route = world.random.pick(routes.filter((candidate) => candidate.connected))
  world.note(() => `${route.node} receives a gap`)
  route.gap()
}

function drawMessageRoute({ world, routes }: Harness): Route {
  return world.random.pick(routes.filter(({ messages }) => messages.length > 0))
}

async function carry(harness: Harness): Promise<void> {
  const { world } = harness
  await world.settle()
  if (waitingOf(harness).length === 0) return
  const text = world.random.pick(waitingOf(harness)).run()
  world.note(() => text)
}

async function breakSomething(harness: Harness): Promise<void> {
  const { world } = harness
  await world.settle()
  if (breaksOf(harness).length === 0) return
  const text = world.random.pick(breaksOf(harness))()
  world.note(() => text)
}

function waitingOf({ wires }: Harness): readonly Waiting[] {
  return wires.flatMap(({ waiting }) => waiting)
}

function breaksOf(harness: Harness): readonly (() => string)[] {
  const failing = waitingOf(harness).flatMap(({ fail }) => fail ?? [])
  return [...failing, ...harness.wires.flatMap(({ breaks }) => breaks)]
}

/** Mostly to the edge of something: a bound of the promise, or the next end of a life. */
function drawDuration({ plan, random, timeline, truth }: World): number {
  const { everyMs, leaseMs, negativeTtlMs, timeoutMs, ttlMs } = plan
  const ofMany = [everyMs, leaseMs / 2, leaseMs, leaseMs, leaseMs, timeoutMs]
  const ofOne = [timeoutMs / 2, timeoutMs, leaseMs / 2, leaseMs, ttlMs / 2, ttlMs, negativeTtlMs]
  const edges = everyMs > 0 ? ofMany : ofOne
  const edge = random.chance(0.5) ? random.pick([1, 20, 100]) : random.pick(edges)
  const ends = truth.current.tokens.flatMap(({ expiresAt, secretEnds }) => [expiresAt, ...secretEnds])
  const next = ends.find((end) => end !== null && end > timeline.now) ?? null
  const duration = next !== null && random.chance(0.3) ? next - timeline.now : edge
  return Math.max(0, duration + random.pick([-1, 0, 0, 1]))
}

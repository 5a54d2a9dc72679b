import type { Invalidation } from '@patkit/core/adapter'
import type { Answer, Question } from './answer.ts'
import type { AuditTrail } from './audit-trail.ts'
import { adoption, type Change, drawChange, drawInvalidation } from './change.ts'
import type { Chore } from './housekeeping.ts'
import type { Route } from './network.ts'
import type { Node } from './node.ts'
import type { ScriptedResolver } from './scripted-resolver.ts'
import type { World } from './world.ts'

/** Everything that steps act upon. */
export interface Stage {
  readonly world: World
  readonly resolver: ScriptedResolver
  /** The audit log that requests wait for, where they do. */
  readonly trail: AuditTrail | null
  readonly nodes: readonly Node[]
  /** How messages get to each node, where the channel is a network. */
  readonly routes: readonly Route[]
  /** Changes that nobody has announced yet. */
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
  possible(stage: Stage): boolean
  /** Only a promise where something has to happen before it: then the code of the verifiers runs on. */
  take(stage: Stage): void | Promise<void>
}

const always = () => true
const withMessage = ({ routes }: Stage) => routes.some(({ messages }) => messages.length > 0)
const connected = ({ routes }: Stage) => routes.some((route) => route.connected)

const writing = ({ trail }: Stage) => trail !== null && trail.unsettled.length > 0

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
  { name: 'ping', weight: 5, possible: connected, take: ping },
  { name: 'echo', weight: 12, possible: ({ routes }) => routes.some(({ echoReady }) => echoReady), take: echo },
  { name: 'deliver', weight: 4, possible: withMessage, take: deliver },
  { name: 'duplicate', weight: 1, possible: withMessage, take: duplicate },
  { name: 'lose', weight: 1, possible: withMessage, take: lose },
  { name: 'gap', weight: 1, possible: connected, take: gap },
]

/** How often the code goes on to the next step before anything that waits for a promise has gone on. */
const AT_ONCE = 0.15

/** Takes one of the steps that are possible now, drawn at random. Mostly everything has come to rest after it. */
export function takeStep(stage: Stage): void | Promise<void> {
  const { world } = stage
  const step = drawStep(stage)
  world.tick()
  world.count(`step: ${step.name}`)
  const taking = step.take(stage)
  if (taking !== undefined) return taking.then(world.settle)
  return world.random.chance(AT_ONCE) ? undefined : world.settle()
}

function drawStep(stage: Stage): Step {
  const possible = STEPS.filter((step) => step.possible(stage))
  let left = stage.world.random.below(possible.reduce((sum, { weight }) => sum + weight, 0))
  for (const step of possible) {
    left -= step.weight
    if (left < 0) return step
  }
  return possible[0] as Step
}

function verify({ world, nodes }: Stage): void {
  const { random, truth } = world
  const node = random.pick(nodes)
  const { id, secretEnds } = random.pick(truth.current.tokens)
  const issued = `${id}.${random.below(secretEnds.length)}`
  const credential = random.chance(0.9) ? issued : random.pick(truth.credentials)
  world.note(() => `${node.name} is asked about ${credential}, #${world.seq + 1}`)
  node.verify(credential)
}

function answer({ world, resolver }: Stage): void {
  const call = world.random.pick(resolver.unsettled)
  world.note(() => `the resolver answers call ${call.number}`)
  resolver.answer(call)
}

function fail({ world, resolver }: Stage): void {
  const call = world.random.pick(resolver.unsettled)
  world.note(() => `the resolver fails call ${call.number}`)
  resolver.fail(call)
}

function change({ world, unannounced }: Stage): void {
  const { truth, timeline, random } = world
  const made = drawChange(truth.current, timeline.now, random)
  truth.change(made.next, timeline.now)
  unannounced.push(made)
  world.note(() => `change: ${made.text}`)
}

function announce({ world, nodes, unannounced }: Stage): void {
  const { random } = world
  const [made] = unannounced.splice(random.below(unannounced.length), 1)
  if (made !== undefined) publish(world, random.pick(nodes), made, drawInvalidation(made, random))
}

function publish({ timeline, announcements, tick, note }: World, node: Node, made: Change, what: Invalidation): void {
  announcements.push({ what, by: node.name, seq: tick(), at: timeline.now, sent: false, heardBy: new Set() })
  note(() => `${node.name}.invalidate(${JSON.stringify(what)}) because of: ${made.text}`)
  node.invalidate(what)
}

function write({ world, trail }: Stage): void {
  const due = world.random.pick(trail?.unsettled ?? [])
  world.note(() => `the log has kept write ${due.number}`)
  trail?.commit(due)
}

function failToWrite({ world, trail }: Stage): void {
  const due = world.random.pick(trail?.unsettled ?? [])
  world.note(() => `the log fails write ${due.number}`)
  trail?.fail(due)
}

/** Does the oldest of what the system has to do by itself. A change is announced by the node that made it. */
function keepHouse(stage: Stage): void {
  const { world, chores } = stage
  const chore = chores.shift() as Chore
  world.count(`housekeeping: ${chore.kind}`)
  if (chore.kind === 'touch') touch(world, chore)
  if (chore.kind === 'reuse') world.note(() => `the system notes that a secret of ${chore.id} was used again`)
  if (chore.kind === 'adopt') adopt(stage, chore)
}

function adopt({ world, nodes }: Stage, { id, node: name, secret }: Extract<Chore, { kind: 'adopt' }>): void {
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

async function turn({ world }: Stage): Promise<void> {
  await world.settle()
  world.note(() => 'the event loop turns')
  world.turnLoop()
}

async function wait(stage: Stage): Promise<void> {
  await stage.world.settle()
  const until = stage.world.timeline.now + drawDuration(stage.world)
  stage.world.note(() => `time passes until ${until} ms`)
  stage.world.turnLoop()
  await runTimers(stage, until)
}

/** Runs the timers up to an instant, and then it is that instant. */
export async function runTimers({ world, resolver }: Stage, until: number): Promise<void> {
  const { timeline } = world
  await world.settle()
  while (timeline.runTimer(until)) {
    resolver.noteAborts()
    await world.settle()
  }
  timeline.pause(Math.max(0, until - timeline.now))
}

function pause({ world }: Stage): void {
  world.timeline.pause(drawDuration(world))
  world.note(() => 'the process was paused until now')
}

async function wake(stage: Stage): Promise<void> {
  stage.world.note(() => 'late timers run')
  await runTimers(stage, stage.world.timeline.now)
}

function ping({ world, routes }: Stage): void {
  const route = world.random.pick(routes.filter((candidate) => candidate.connected))
  world.note(() => `${route.node} sends a ping`)
  route.ping()
}

function echo({ world, routes }: Stage): void {
  const route = world.random.pick(routes.filter(({ echoReady }) => echoReady))
  world.note(() => `${route.node} hears the echo of its ping of ${route.oldestPingAt} ms`)
  route.echo()
}

function deliver(stage: Stage): void {
  const route = drawMessageRoute(stage)
  const what = route.deliver()
  stage.world.note(() => `${route.node} hears ${JSON.stringify(what)}`)
}

function duplicate(stage: Stage): void {
  const route = drawMessageRoute(stage)
  const what = route.duplicate()
  stage.world.note(() => `${route.node} hears ${JSON.stringify(what)}, and will hear it again`)
}

function lose(stage: Stage): void {
  const route = drawMessageRoute(stage)
  const what = route.lose()
  stage.world.note(() => `lost on the way to ${route.node}: ${JSON.stringify(what)}`)
}

function gap({ world, routes }: Stage): void {
  const route = world.random.pick(routes.filter((candidate) => candidate.connected))
  world.note(() => `${route.node} is told of a gap`)
  route.gap()
}

function drawMessageRoute({ world, routes }: Stage): Route {
  return world.random.pick(routes.filter(({ messages }) => messages.length > 0))
}

/** Mostly to the edge of something: a bound of the promise, or the next end of a life. */
function drawDuration({ plan, random, timeline, truth }: World): number {
  const { leaseMs, negativeTtlMs, timeoutMs, ttlMs } = plan
  const edges = [timeoutMs / 2, timeoutMs, leaseMs / 2, leaseMs, ttlMs / 2, ttlMs, negativeTtlMs]
  const edge = random.chance(0.5) ? random.pick([1, 20, 100]) : random.pick(edges)
  const ends = truth.current.tokens.flatMap(({ expiresAt, secretEnds }) => [expiresAt, ...secretEnds])
  const next = ends.find((end) => end !== null && end > timeline.now) ?? null
  const duration = next !== null && random.chance(0.3) ? next - timeline.now : edge
  return Math.max(0, duration + random.pick([-1, 0, 0, 1]))
}

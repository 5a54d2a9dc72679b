import type { TokenRecord } from '@patkit/core'
import type { ResolveContext } from '@patkit/core/adapter'
import { type Sight, type Snapshot, sightOf } from './truth.ts'
import type { World } from './world.ts'

/** What the simulated resolver returns: a record that says which call it came from. */
export interface TracedRecord extends TokenRecord {
  readonly call: number
  readonly awaitsAdoption: boolean
}

type Sights = ReadonlyMap<string, Sight | null>
type Answer = ReadonlyMap<string, TracedRecord>

/** The resolver asked by a node for some credentials. */
export interface Call {
  readonly number: number
  readonly node: string
  readonly credentials: readonly string[]
  readonly seq: number
  readonly at: number
  readonly signal: AbortSignal
  readonly begunOn: Snapshot
  /** When its lookups can have begun at the earliest: those for `resolveMany` wait for the event loop to turn. */
  readonly earliest: { readonly seq: number; readonly at: number }
  /** The turn in which it was given up. */
  abortedIn: number | null
  /** The turn in which it was answered or failed: a request in the same turn may still join it. */
  settledIn: number | null
  /** What it answered; `null` as long as it has not, and where it failed. */
  sights: Sights | null
}

export interface ScriptedResolver {
  readonly calls: readonly Call[]
  /** Calls that can still be answered, given up or not. */
  readonly unsettled: readonly Call[]
  /** How many credentials a node waits for. */
  pending(node: string): number
  /** Answers with what the table, or a replica within its lag, holds now or held when it was asked. */
  answer(call: Call): void
  fail(call: Call): void
  /** Notes which calls have been given up by now. */
  noteAborts(): void
  /** From now on every call is answered at once with the truth. */
  heal(): void
  ask(node: string, digests: readonly string[], context: ResolveContext): Answer | Promise<Answer>
}

interface Outcome {
  readonly resolve: (answer: Answer) => void
  readonly reject: (cause: Error) => void
}

/** Credentials are stored under themselves, so that a walk can be read: a digest is a credential. */
export function createScriptedResolver(
  world: World,
  lookedUp: (node: string, record: TracedRecord) => void,
): ScriptedResolver {
  const { random, timeline, truth } = world
  const calls: Call[] = []
  const outcomes = new Map<Call, Outcome>()
  let healthy = false

  function begin(node: string, digests: readonly string[], { signal }: ResolveContext): Call {
    const call: Call = {
      number: calls.length + 1,
      node,
      credentials: digests,
      seq: world.tick(),
      at: timeline.now,
      signal,
      begunOn: truth.current,
      earliest: world.plan.maxBatch === null ? { seq: world.seq, at: timeline.now } : world.turnedBefore,
      abortedIn: null,
      settledIn: null,
      sights: null,
    }
    calls.push(call)
    world.note(() => `  ${node} asks the resolver for ${call.credentials.join(', ')} (call ${call.number})`)
    return call
  }

  function close(call: Call): Outcome | undefined {
    const outcome = outcomes.get(call)
    outcomes.delete(call)
    call.settledIn = world.turn
    world.tick()
    if (call.abortedIn !== null) world.count('situation: the resolver answered after it was given up')
    return outcome
  }

  function settle(call: Call, snapshot: Snapshot): Answer {
    const outcome = close(call)
    call.sights = new Map(call.credentials.map((credential) => [credential, sightOf(snapshot, credential)]))
    world.note(() => `  call ${call.number} is answered${describe(call, snapshot === truth.current)}`)
    const answer = recordsOf(call, world)
    for (const record of answer.values()) lookedUp(call.node, record)
    outcome?.resolve(answer)
    return answer
  }

  function seen(call: Call): Snapshot {
    const atStart = random.chance(0.4)
    if (!random.chance(0.5)) return atStart ? call.begunOn : truth.current
    return random.pick(truth.since((atStart ? call.at : timeline.now) - world.plan.lagMs))
  }

  return {
    calls,
    get unsettled() {
      return [...outcomes.keys()]
    },
    pending(node) {
      const open = calls.filter((call) => call.node === node && call.settledIn === null && !call.signal.aborted)
      return open.reduce((sum, { credentials }) => sum + credentials.length, 0)
    },
    answer: (call) => void settle(call, seen(call)),
    fail(call) {
      const outcome = close(call)
      world.note(() => `  call ${call.number} fails`)
      outcome?.reject(new Error('database unreachable'))
    },
    noteAborts() {
      for (const call of outcomes.keys()) {
        if (!call.signal.aborted || call.abortedIn !== null) continue
        call.abortedIn = world.turn
        world.note(() => `  call ${call.number} is given up`)
      }
    },
    heal() {
      healthy = true
    },
    ask(node, digests, context) {
      const call = begin(node, digests, context)
      if (healthy) return settle(call, truth.current)
      if (random.chance(world.plan.promptness)) return settle(call, seen(call))
      return new Promise<Answer>((resolve, reject) => outcomes.set(call, { resolve, reject }))
    },
  }
}

function describe({ sights, signal }: Call, withTruth: boolean): string {
  const found = [...(sights ?? [])].map(([name, sight]) => `${name} ${sight === null ? 'unknown' : textOf(sight)}`)
  return `${withTruth ? '' : ' with the truth of before'}${signal.aborted ? ' too late' : ''}: ${found.join('; ')}`
}

function textOf({ version, revoked, expiresAt, secretEndsAt, principalDisabled }: Sight): string {
  const parts = [`version ${version}`, revoked ? 'revoked' : 'active']
  if (expiresAt !== null) parts.push(`expires at ${expiresAt}`)
  if (secretEndsAt !== null) parts.push(`secret ends at ${secretEndsAt}`)
  if (principalDisabled) parts.push('principal disabled')
  return parts.join(', ')
}

function recordsOf(call: Call, { plan }: World): Answer {
  const found = new Map<string, TracedRecord>()
  for (const [credential, sight] of call.sights ?? []) {
    if (sight !== null) found.set(credential, recordOf(call, credential, sight, plan.versioned))
  }
  return found
}

function recordOf(call: Call, credential: string, sight: Sight, versioned: boolean): TracedRecord {
  return {
    id: sight.id,
    digest: credential,
    scopes: [],
    expiresAt: dateOf(sight.expiresAt),
    revokedAt: sight.revoked ? new Date(call.at) : null,
    ipAllowlist: null,
    userId: null,
    principalId: sight.principalId,
    organizationId: sight.organizationId,
    secretEndsAt: dateOf(sight.secretEndsAt),
    disabled: sight.principalDisabled ? 'principal' : null,
    awaitsAdoption: sight.awaitsAdoption,
    ...(versioned && { version: sight.version }),
    call: call.number,
  }
}

function dateOf(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant)
}

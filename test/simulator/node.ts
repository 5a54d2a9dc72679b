import type { InvalidationChannel, TokenFormat, Verifier } from '@patkit/core'
import type { Awaitable, Decision, Invalidation, PatErrorCode, RequestReader } from '@patkit/core/adapter'
import type { Core } from '../contract/core.ts'
import type { Answer, Question } from './answer.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Link } from './link.ts'
import type { ScriptedResolver, TracedRecord } from './scripted-resolver.ts'
import { trusts } from './trust.ts'
import type { World } from './world.ts'

/** A verifier, and what can be seen of it from outside. */
export interface Node {
  readonly name: string
  readonly link: Link
  readonly verifier: Verifier<TracedRecord>
  /** Questions that have no answer yet. */
  readonly waiting: ReadonlySet<Question>
  /** Asks about a credential. */
  verify(credential: string): Awaitable<Answer['outcome']>
  invalidate(what: Invalidation): void
}

interface NodeParts {
  readonly core: Core
  readonly world: World
  readonly link: Link
  readonly channel: InvalidationChannel | null
  readonly resolver: ScriptedResolver
  readonly onAnswer: (answer: Answer) => void
  readonly onFault: (code: PatErrorCode) => void
  readonly onUse: (node: string, record: Readonly<TracedRecord>, at: number) => void
  /** The sink of `required` audit, and the moments at which a question was decided. */
  readonly audit: Pick<AuditTrail, 'sink' | 'decided' | 'requestId'> | null
}

interface Request {
  readonly id: string
  readonly credential: string
}

const FORMAT: TokenFormat = {
  name: 'simulated',
  maxLength: 16,
  syntax: 'token68',
  accepts: () => true,
  check: () => true,
  digests: (credential) => [credential],
}

const READER: RequestReader<Request> = {
  header: ({ credential }) => `Bearer ${credential}`,
  peer: () => null,
  context: ({ id }) => ({ id, method: 'GET', path: null, route: null, userAgent: null }),
}

export function createNode(parts: NodeParts): Node {
  const { world, link } = parts
  const name = link.node
  const waiting = new Set<Question>()
  const verifier = buildVerifier(parts)

  function answered(question: Question, decision: Decision<TracedRecord>, waited: boolean): Answer['outcome'] {
    waiting.delete(question)
    const outcome = decision.ok ? 'allowed' : decision.reason
    const call = decision.ok ? decision.grant.record.call : null
    const from = waited ? '' : ' from memory'
    const seq = world.tick()
    world.note(() => `  ${name} answers #${question.number}: ${outcome}${call ? ` by call ${call}` : ''}${from}`)
    const decided = parts.audit?.decided(question.number) ?? []
    parts.onAnswer({ question, outcome, call, waited, decided, seq, at: world.timeline.now })
    return outcome
  }

  return {
    name,
    link,
    verifier,
    waiting,
    verify(credential) {
      const seq = world.tick()
      const trusted = trusts(link, world)
      const question = { number: seq, node: name, credential, seq, turn: world.turn, at: world.timeline.now, trusted }
      waiting.add(question)
      const decision = verifier.verify({ id: parts.audit?.requestId(seq) ?? String(seq), credential }, READER)
      if (!(decision instanceof Promise)) return answered(question, decision, false)
      return decision.then((later) => answered(question, later, true))
    },
    invalidate(what) {
      link.receive(what)
      void verifier.invalidate(what)
    },
  }
}

function buildVerifier(parts: NodeParts): Verifier<TracedRecord> {
  const { core, world, link, channel, resolver, onFault, onUse, audit } = parts
  const { plan } = world
  const switches = {
    format: FORMAT,
    cacheTtlSeconds: plan.ttlMs / 1000,
    negativeTtlSeconds: plan.negativeTtlMs / 1000,
    leaseSeconds: plan.leaseMs / 1000,
    resolveTimeoutMs: plan.timeoutMs,
    cacheEntries: plan.cacheEntries,
    negativeEntries: plan.negativeEntries,
    maxPendingLookups: plan.maxPending,
    clock: link.clock,
    onError: ({ code }: { readonly code: PatErrorCode }) => onFault(code),
    onUse: (record: Readonly<TracedRecord>, at: number) => onUse(link.node, record, at),
    ...(channel !== null && { channel }),
    ...(audit !== null && {
      audit: { mode: 'required', sink: audit.sink, timeoutMs: plan.auditTimeoutMs as number } as const,
    }),
  }
  const { maxBatch } = plan
  if (maxBatch !== null) {
    return core.createVerifier<TracedRecord>({
      ...switches,
      maxBatch,
      resolveMany: (digests, context) => resolver.ask(link.node, digests, context),
    })
  }
  return core.createVerifier<TracedRecord>({
    ...switches,
    resolve(digest, context) {
      const answer = resolver.ask(link.node, [digest], context)
      const recordIn = (records: ReadonlyMap<string, TracedRecord>) => records.get(digest) ?? null
      return answer instanceof Promise ? answer.then(recordIn) : recordIn(answer)
    },
  })
}

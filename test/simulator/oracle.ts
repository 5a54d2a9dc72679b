import type { DenyReason } from '@patkit/core'
import type { Invalidation } from '@patkit/core/adapter'
import type { Answer, Decided, Question } from './answer.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Link } from './link.ts'
import type { Plan } from './plan.ts'
import type { Call, ScriptedResolver } from './scripted-resolver.ts'
import { trusts } from './trust.ts'
import type { Sight } from './truth.ts'
import type { World } from './world.ts'

/*
 * The promise: a revoked token is refused on this node at once, on every connected node within one message, and on a
 * disconnected node within its lease; never later than the TTL.
 *
 * Every answer but `unavailable` rests on a call C of the resolver by the same node for the same credential, and on
 * what C saw: a state that the table had at some instant from `C.at - lag` on. Let the question be asked at event q,
 * and be answered at event s and time t. An answer is *remembered* where it came without waiting, else *waited for*.
 * Ends of tokens are compared with the clock of the node, which may be wrong, and may be set forward and back by more
 * than the second that is not noticed. An answer is kept to all of these:
 *
 *  verdict      What C saw, judged at t, gives the answer: expiry is never answered from memory.
 *  TTL          Remembered and alive when C was made: t < C.at + TTL, and t before the expiry and the end of the secret
 *               that C saw, so that a renewed token works at its old expiry at the latest.
 *               Remembered and dead or unknown when C was made: t < C.at + negative TTL.
 *  time-out     Waited for: C was answered after q, and t <= C.at + time-out.
 *  at once      For every invalidation that the node has received at event h < s, through `invalidate`, a message, a gap
 *               or the first echo after it (which are one of all each): if it names a least version and records carry
 *               versions, what C saw has at least that version, whenever C was made; so that no replica brings an older
 *               one back. Else, if it hits what C saw, C > h. Of version floors a node keeps as many as it remembers records; for those before them C > h
 *               is enough. An unknown token is hit by one of all only.
 *               The same holds for denials: after an invalidation a token that was enabled again works at once.
 *  one message  Follows from "at once": h is the event of the delivery. Between the nodes of one process h is the event
 *               of the announcement itself.
 *  lease        For every invalidation that the channel took at event p and time T, that hits what C saw, C < p, and that
 *               the node has not received: a remembered answer has t <= T + lease. With a lookup that was waited for,
 *               the time-out bounds it alike: C < p, so t <= T + time-out.
 *  memory       A remembered answer: the node is live (has caught up since its last gap) and t <= asOf + lease.
 *  uncached     Waited for, and the node could not trust its memory at q: C > q.
 *
 * A change that is not announced is known within the TTL by the second and third rule. A replica's lag adds to it
 * only where nothing names a version: C may see a state of up to `C.at - lag`.
 *
 *  on record    Under `required` audit the last event of a question on record says the answer, before it is given: for
 *               allowed and refused tokens at once, of `unavailable` and unknown ones at the end.
 *  unavailable  Is never remembered, and has a cause after q: a call that failed or was given up after the time-out, as
 *               many questions waiting as lookups may be pending, three lookups in turn that were out of date, or an
 *               event whose write failed or took longer than requests wait. Nothing that the system does by itself,
 *               such as the adoption of a new secret, is a cause.
 *  pending      A node waits for at most `maxPending` credentials, and remembers at most `cacheEntries` records.
 *  answered     Once the timers have run, no question is without an answer.
 *  channel      A real channel that says that a node is up to date as of an instant has brought everything that was taken
 *               before it, since the last gap.
 *  recovered    Once everything has run out, every node answers exactly the truth, and with a real channel from memory.
 */

/** What one walk has shown so far, for the oracle to judge answers by. */
export interface Evidence {
  readonly world: World
  readonly resolver: ScriptedResolver
  /** The log that requests wait for, where they do. */
  readonly trail: AuditTrail | null
  readonly links: ReadonlyMap<string, Link>
  /** How many other questions have waited at the node in the course of the present step. */
  othersWaiting(question: number, node: string): number
}

/**
 * The fault in an answer that rests on a call, or `null`. Under `required` audit an answer is given later than it
 * was decided: it is kept to the rules at one of the moments at which it was, as one that was remembered or waited for.
 */
export function objectionTo(answer: Answer, evidence: Evidence): string | null {
  if (evidence.trail === null) return objectionAt(answer, evidence)
  const trusted = trusts(linkOf(answer.question, evidence), evidence.world)
  const now = { seq: answer.seq, at: answer.at, trusted, othersWaiting: 0 }
  let objection: string | null = null
  for (const moment of [...answer.decided, now]) {
    for (const waited of [true, false]) {
      objection = objectionAt({ ...answer, at: moment.at, seq: moment.seq, waited }, evidence, moment)
      if (objection === null) return null
    }
  }
  return objection
}

function objectionAt(answer: Answer, evidence: Evidence, moment: Decided | null = null): string | null {
  const { node, credential } = answer.question
  const calls = evidence.resolver.calls.filter((call) => call.node === node && call.sights?.has(credential))
  if (answer.call !== null) {
    const call = calls.find(({ number }) => number === answer.call)
    return call === undefined
      ? 'verdict: allowed by what no call for this credential found'
      : against(call, answer, evidence, moment)
  }
  const objections = calls.map((call) => against(call, answer, evidence, moment))
  if (objections.includes(null)) return null
  return objections.at(-1) ?? 'verdict: no call has been answered'
}

/** What speaks against an answer that rests on this call, or `null`. */
function against(call: Call, answer: Answer, evidence: Evidence, moment: Decided | null): string | null {
  const { world } = evidence
  const link = linkOf(answer.question, evidence)
  const sight = call.sights?.get(answer.question.credential) ?? null
  const verdict = verdictOn(sight, answer.at + link.skewAt(answer.seq))
  if (verdict !== answer.outcome) return `verdict: what call ${call.number} saw is ${verdict}`
  return (
    overtaken(call.seq, sight, link, world.plan, world.plan.cacheEntries) ??
    (answer.waited ? tooLate(call, answer, world) : tooOld(call, sight, answer, moment?.trusted ?? null, link, world))
  )
}

/** What a sight means at an instant. */
export function verdictOn(sight: Sight | null, at: number): 'allowed' | DenyReason {
  if (sight === null) return 'unknown_token'
  if (sight.revoked) return 'revoked'
  if (sight.secretEndsAt !== null && at >= sight.secretEndsAt) return 'superseded'
  if (sight.expiresAt !== null && at >= sight.expiresAt) return 'expired'
  return sight.principalDisabled ? 'principal_disabled' : 'allowed'
}

/**
 * The received invalidation of a node that contradicts a later lookup; `floorsKept` is how many
 * version floors it still knows.
 */
export function overtaken(
  begun: number,
  sight: Sight | null,
  { heard }: Link,
  { versioned }: Plan,
  floorsKept: number,
): string | null {
  let floors = 0
  for (const { what, seq } of heard.toReversed()) {
    if (what.kind !== 'all') floors++
    if (!hits(what, sight) || isReached(what, sight, versioned)) continue
    const isFloor = versioned && what.kind === 'token' && what.minVersion !== null
    const excused = begun > seq && !(isFloor && floors <= floorsKept)
    if (!excused) return `at once: ${text(what)} was received at ${seq}`
  }
  return null
}

function tooLate(call: Call, { question, at }: Answer, { plan }: World): string | null {
  if ((call.settledIn ?? 0) < question.turn) return `time-out: call ${call.number} was answered before the question`
  if (at - call.at > plan.timeoutMs) return `time-out: call ${call.number} was made ${at - call.at} ms ago`
  if (!question.trusted && call.seq < question.seq) return `uncached: call ${call.number} was made before the question`
  return null
}

function tooOld(
  call: Call,
  sight: Sight | null,
  { at, seq }: Answer,
  trusted: boolean | null,
  link: Link,
  world: World,
): string | null {
  const end = memoryEnd(call, sight, link, seq, world)
  if (at >= end) return `TTL: what call ${call.number} saw at ${call.at} was to be used until ${end}`
  const missed = unheard(call, sight, at, link, world)
  if (missed !== null) return missed
  return (trusted ?? trusts(link, world)) ? null : `memory: ${link.node} has received nothing since ${link.asOf}`
}

function memoryEnd(call: Call, sight: Sight | null, link: Link, seq: number, { plan }: World): number {
  if (sight === null || verdictOn(sight, call.at + link.skewAt(call.seq)) !== 'allowed') {
    return call.at + plan.negativeTtlMs
  }
  const ends = [sight.expiresAt, sight.secretEndsAt].filter((end) => end !== null)
  return Math.min(call.at + plan.ttlMs, ...ends.map((end) => end - link.skewAt(seq)))
}

function unheard(call: Call, sight: Sight | null, at: number, { node }: Link, world: World): string | null {
  const { announcements, plan } = world
  const lease = plan.channel === 'in-process' ? Number.NEGATIVE_INFINITY : plan.leaseMs
  for (const { what, seq, at: announcedAt, sent, heardBy } of announcements) {
    if (!sent || heardBy.has(node) || seq < call.seq || !hits(what, sight)) continue
    if (isReached(what, sight, plan.versioned) || at - announcedAt <= lease) continue
    return `lease: ${text(what)} was announced at ${seq}, ${at - announcedAt} ms ago`
  }
  return null
}

function isReached(what: Invalidation, sight: Sight | null, versioned: boolean): boolean {
  return versioned && what.kind === 'token' && what.minVersion !== null && (sight?.version ?? 0) >= what.minVersion
}

/** Whether an invalidation applies to a lookup. An unknown token is concerned by one of all only. */
export function hits(what: Invalidation, sight: Sight | null): boolean {
  if (what.kind === 'all') return true
  if (sight === null) return false
  if (what.kind === 'token') return what.id === sight.id
  return what.id === (what.kind === 'principal' ? sight.principalId : sight.organizationId)
}

export function linkOf({ node }: Question, { links }: Evidence): Link {
  return links.get(node) as Link
}

function text(what: Invalidation): string {
  return JSON.stringify(what)
}

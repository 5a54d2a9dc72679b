import type { Answer, Question } from './answer.ts'
import type { Link } from './link.ts'
import { type Evidence, linkOf, overtaken } from './oracle.ts'
import type { Call } from './scripted-resolver.ts'
import { trusts } from './trust.ts'
import type { World } from './world.ts'

/** How many lookups in turn may be out of date before a question is answered `unavailable`. */
const MOST_LOOKUPS = 3

/** The fault in an answer `unavailable`, or `null` if an event explains it. */
export function unavailableWithoutCause(answer: Answer, evidence: Evidence): string | null {
  const { question, waited } = answer
  const { world, resolver } = evidence
  if (!waited) return 'unavailable: remembered'
  if (wasNotRecorded(answer, evidence)) return null
  const othersWaiting = answer.decided.map((moment) => moment.othersWaiting)
  othersWaiting.push(evidence.othersWaiting(question.number, question.node))
  if (Math.max(...othersWaiting) >= world.plan.maxPending) return null
  const calls = resolver.calls.filter(
    ({ node, credentials }) => node === question.node && credentials.includes(question.credential),
  )
  if (calls.some((call) => failedSince(question, call))) return null
  const outOfDate = calls.filter((call) => isOutOfDate(call, question, linkOf(question, evidence), world))
  const lookups = outOfDate.flatMap(({ credentials }) => credentials.filter((name) => name === question.credential))
  return lookups.length >= MOST_LOOKUPS ? null : 'unavailable: nothing failed'
}

/** Whether the event of a question could not be written in time. */
function wasNotRecorded({ question, decided, at }: Answer, { trail, world }: Evidence): boolean {
  if (trail === null) return false
  if (trail.failedAt(question.number) !== null) return true
  return decided.some((moment) => at - moment.at >= (world.plan.auditTimeoutMs as number))
}

function failedSince({ turn }: Question, { abortedIn, settledIn, sights }: Call): boolean {
  if (abortedIn !== null) return abortedIn >= turn
  return settledIn !== null && settledIn >= turn && sights === null
}

/** Whether a node may have refused an answer it waited for. In its own favour: it may doubt more than it must. */
function isOutOfDate(call: Call, { credential, turn }: Question, link: Link, world: World): boolean {
  if (call.sights === null || (call.settledIn ?? 0) < turn) return false
  const { plan, timeline } = world
  const { seq, at } = call.earliest
  const sight = call.sights.get(credential) ?? null
  if (timeline.now - at > plan.timeoutMs || wasSet(link, world)) return true
  if (link.renewed > seq || !trusts(link, world)) return true
  return overtaken(seq, sight, link, plan, Number.POSITIVE_INFINITY) !== null || isFolded(link, seq, plan.cacheEntries)
}

/** Whether the clock was set so lately that lookups look too old, or from the future, or a lease has ended by it. */
function wasSet({ steppedAt }: Link, { plan, timeline }: World): boolean {
  return timeline.now - steppedAt <= plan.timeoutMs + plan.leaseMs
}

/** Whether there were more invalidations than a node keeps: then all that it looked up before counts as hit. */
function isFolded({ heard }: Link, since: number, capacity: number): boolean {
  return heard.length > capacity && heard.some(({ seq }) => seq > since)
}

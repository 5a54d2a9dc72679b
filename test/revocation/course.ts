import { setTimeout as wait } from 'node:timers/promises'
import type { Client, NodeAnswer } from './client.ts'
import type { RunningNode } from './node.ts'
import type { Turn } from './pacer.ts'

/** What one token was answered by one node after its revocation. */
export interface Course {
  /** The last request that was allowed was sent so long after the answer of the revocation; 0 for none after it. */
  readonly sentMs: number
  /** The last request that was allowed was decided so long after the answer of the revocation; 0 for none after it. */
  readonly decidedMs: number
  /** The longest interval between two of its requests: `sentMs` is as exact as that. */
  readonly intervalMs: number
}

/** When a token was revoked, on both clocks; `Infinity` before. */
export interface Revoked {
  sent: number
  decided: number
}

export interface Tally {
  requests: number
  /** Answers 503 and broken connections. */
  unavailable: number
}

/** What requests need. */
export interface Traffic {
  readonly client: Client
  readonly turn: Turn
  readonly tally: Tally
}

/** The default lease. */
export const BOUND_MS = 10_000
/** Between two requests of one client, at least. */
const PACE_MS = 20
/** Refusals in a row after which a client ends. */
const ENOUGH_REFUSALS = 3
/** So long after the revocation a client ends at the latest, refused or not. */
const LONGEST_MS = 2 * BOUND_MS

/**
 * Requests with one token to one node, until the token is refused for good.
 *
 * @param onAllowed called with each request that is allowed
 */
export async function courseOn(
  { url }: RunningNode,
  token: string,
  revoked: Readonly<Revoked>,
  traffic: Traffic,
  onAllowed: () => void,
): Promise<Course> {
  let [sent, decided, interval] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  let before = performance.now()
  for (let refusals = 0; refusals < ENOUGH_REFUSALS && before < revoked.sent + LONGEST_MS; ) {
    await traffic.turn()
    const sentAt = performance.now()
    interval = Math.max(interval, sentAt - before)
    before = sentAt
    const { status, decidedAt } = await counted(traffic, url, token)
    if (status === 200) {
      ;[sent, decided] = [sentAt, decidedAt]
      onAllowed()
    }
    refusals = status === 401 && sentAt >= revoked.sent ? refusals + 1 : 0
    await wait(PACE_MS)
  }
  return { sentMs: after(sent, revoked.sent), decidedMs: after(decided, revoked.decided), intervalMs: interval }
}

/** One request that was sent before the revocation, and may be decided after it. */
export async function singleCourse(
  answer: Promise<NodeAnswer>,
  revoked: Readonly<Revoked>,
): Promise<{ readonly course: Course; readonly status: number | null }> {
  const { status, decidedAt } = await answer
  const decidedMs = status === 200 ? after(decidedAt, revoked.decided) : 0
  return { course: { sentMs: 0, decidedMs, intervalMs: 0 }, status }
}

export async function counted({ client, tally }: Traffic, url: string, token: string): Promise<NodeAnswer> {
  const answer = await client.get(`${url}/files`, token)
  tally.requests++
  if (answer.status !== 200 && answer.status !== 401) tally.unavailable++
  return answer
}

function after(instant: number, revoked: number): number {
  return Math.max(0, instant - revoked)
}

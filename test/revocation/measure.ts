import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type TokenService } from '@patkit/tokens'
import { dialectOf } from '../servers/dialect.ts'
import { type ChannelPlace, channelOf } from './channel.ts'
import { FRAMEWORKS, type RunningNode, startNode } from './node.ts'

export interface MeasureOptions extends ChannelPlace {
  readonly database: string
  /** The database of the nodes, where it is not reached the way that the trial reaches it. */
  readonly nodeDatabase?: string
  readonly revocations: number
  readonly everyMs: number
  /** Runs beside the revocations. */
  readonly fault?: (nodes: readonly RunningNode[]) => Promise<void>
}

/** What one token was answered by one node. */
interface Course {
  readonly framework: string
  /** The last request that was allowed was sent so long after the answer of the revocation; 0 for none after it. */
  readonly staleMs: number
}

export interface Measured {
  readonly revocations: number
  readonly requests: number
  /** Answers 503 and broken connections. */
  readonly unavailable: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly beyondBound: number
}

/** The default lease. */
export const BOUND_MS = 10_000
/** Between two requests of one client: the figures are as exact as that. */
const PACE_MS = 20
/** Every token is in use for so long before it is revoked. */
const WARM_MS = 300
/** Refusals in a row after which a client gives up. */
const ENOUGH_REFUSALS = 5
const ACTOR = { id: 'operator', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }

/** Revokes tokens that are in use on 4 nodes, and measures how long each node still allows them. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const store = sqlStore({ dialect: dialectOf(options.database) })
  await store.migrate()
  const { channel, close } = channelOf(options, store)
  const tokens = createTokenService({ store, channel, format: tokenFormat({ prefix: 'acme' }), onError: () => {} })
  await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
  const database = options.nodeDatabase ?? options.database
  const nodes = await Promise.all(FRAMEWORKS.map((framework) => startNode({ ...options, framework, database })))
  const agent = new Agent({ keepAlive: true })
  const tally = { requests: 0, unavailable: 0 }
  try {
    await Promise.all(nodes.map(({ url }) => untilCached(url)))
    const fault = options.fault?.(nodes)
    const courses = await allCourses(options, tokens, nodes, agent, tally)
    await fault
    return { revocations: options.revocations, ...tally, ...summary(courses) }
  } finally {
    agent.destroy()
    await Promise.all(nodes.map((node) => node.stop()))
    await tokens.close()
    close()
    await store[Symbol.asyncDispose]()
  }
}

async function untilCached(url: string): Promise<void> {
  for (;;) {
    // The first request makes the node subscribe.
    await fetch(`${url}/files`, { headers: { authorization: 'Bearer acme_unknown' } }).then((answer) => answer.text())
    const { mode } = (await (await fetch(`${url}/health`)).json()) as { mode: string }
    if (mode === 'cached') return
    await wait(PACE_MS)
  }
}

interface Tally {
  requests: number
  unavailable: number
}

async function allCourses(
  { revocations, everyMs }: MeasureOptions,
  tokens: TokenService,
  nodes: readonly RunningNode[],
  agent: Agent,
  tally: Tally,
): Promise<readonly Course[]> {
  const running: Promise<readonly Course[]>[] = []
  for (let index = 0; index < revocations; index++) {
    running.push(courseOfToken(tokens, nodes, agent, tally))
    await wait(everyMs)
  }
  return (await Promise.all(running)).flat()
}

async function courseOfToken(
  tokens: TokenService,
  nodes: readonly RunningNode[],
  agent: Agent,
  tally: Tally,
): Promise<readonly Course[]> {
  const { token, secret } = await untilDone(() => tokens.create(ACTOR, OWNER, { name: 'used', scopes: [] }))
  const revoked = { at: Number.POSITIVE_INFINITY }
  const clients = nodes.map((node) => courseOn(node, secret.reveal(), revoked, agent, tally))
  await wait(WARM_MS)
  await untilDone(() => tokens.revoke(ACTOR, OWNER, token.id))
  revoked.at = performance.now()
  return Promise.all(clients)
}

/** A database that is away is asked again. */
async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch {
      await wait(PACE_MS)
    }
  }
}

/** One client of one node, until the token is refused for good. */
async function courseOn(
  { framework, url }: RunningNode,
  token: string,
  revoked: { readonly at: number },
  agent: Agent,
  tally: Tally,
): Promise<Course> {
  let lastAllowed = Number.NEGATIVE_INFINITY
  for (let refusals = 0; refusals < ENOUGH_REFUSALS; ) {
    const sentAt = performance.now()
    const status = await statusOf(url, token, agent)
    tally.requests++
    if (status === 200) lastAllowed = sentAt
    else if (status !== 401) tally.unavailable++
    refusals = status === 401 && sentAt >= revoked.at ? refusals + 1 : 0
    await wait(PACE_MS)
  }
  return { framework, staleMs: Math.max(0, lastAllowed - revoked.at) }
}

function statusOf(url: string, token: string, agent: Agent): Promise<number | null> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` }
    const sent = request(`${url}/files`, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? null))
      response.on('error', () => resolve(null))
    })
    sent.on('error', () => resolve(null))
    sent.end()
  })
}

function summary(courses: readonly Course[]): Pick<Measured, 'p50' | 'p99' | 'max' | 'beyondBound'> {
  const stale = courses.map(({ staleMs }) => staleMs).toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(stale[Math.min(stale.length - 1, Math.floor(stale.length * share))] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1), beyondBound: stale.filter((ms) => ms > BOUND_MS).length }
}

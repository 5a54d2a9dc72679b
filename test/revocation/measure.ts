import { setTimeout as wait } from 'node:timers/promises'
import { tokenFormat } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createTokenService, type TokenService } from '@patkit/tokens'
import { deferred } from '../nodes/deferred.ts'
import { dialectOf } from '../servers/dialect.ts'
import { type ChannelPlace, channelOf } from './channel.ts'
import { createClient } from './client.ts'
import { BOUND_MS, type Course, counted, courseOn, type Revoked, singleCourse, type Traffic } from './course.ts'
import { type RunningNode, startNode } from './node.ts'
import { FRAMEWORKS } from './node-options.ts'
import { createPacer } from './pacer.ts'
import { isCaching, type Noticed, peakOfCalls, watchNodes } from './watch.ts'

export interface MeasureOptions extends ChannelPlace {
  readonly database: string
  /** The database of the nodes, where it is not reached the way that the trial reaches it. */
  readonly nodeDatabase?: string
  readonly revocations: number
  readonly everyMs: number
  /** To all nodes together, at most. */
  readonly requestsPerSecond: number
  /** Runs beside the revocations. */
  readonly fault?: (run: Run) => Promise<void>
  /** Called with the number of tokens that are refused by all nodes. */
  readonly onProgress?: (refused: number) => void
}

/** What a fault can act upon. */
export interface Run {
  readonly nodes: readonly RunningNode[]
  /** The fault begins now: nodes can notice it. */
  begin(): void
  /** Resolves when every node has noticed it. */
  noticed(): Promise<void>
  /** The fault has ended: nodes can recover. */
  end(): void
  /** Makes all nodes clear their caches at once. */
  clear(): Promise<void>
  /** Resolves when a node that was started uses its cache. */
  isCaching(node: RunningNode): Promise<void>
  /**
   * Sends requests with new tokens to a node, pauses it before all of them are answered, revokes the tokens, and wakes
   * it: what counts is when it decided.
   */
  pauseInMidRequest(node: RunningNode, ms: number): Promise<void>
}

export interface Measured extends Noticed {
  readonly revocations: number
  readonly requests: number
  /** Answers 503 and broken connections. */
  readonly unavailable: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** The latest decision after a revocation that still allowed a request. */
  readonly decidedMax: number
  /** The most calls of the resolver that were under way at the same time on one node. */
  readonly peakCalls: number
  /** 99 of 100 clients sent their requests at least as often. */
  readonly intervalP99: number
  readonly beyondBound: number
}

/** Every token is in use for so long before it is revoked. */
const WARM_MS = 300
const RETRY_MS = 20
/** A database is away for less time than this. */
const LONGEST_OUTAGE_MS = 60_000
/** Tokens that are sent to a node in the moment before it is paused. */
const IN_FLIGHT = 20
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
  const client = createClient()
  const traffic = {
    client,
    turn: createPacer(options.requestsPerSecond),
    tally: { requests: 0, unavailable: 0 },
  }
  try {
    await Promise.all(nodes.map(({ url }) => untilCached(url, traffic)))
    const { courses, noticed } = await underLoad(options, tokens, nodes, traffic, () =>
      channel.publish({ kind: 'all' }),
    )
    const peakCalls = await peakOfCalls(nodes, client)
    return { revocations: options.revocations, ...traffic.tally, ...noticed, peakCalls, ...summary(courses) }
  } finally {
    client.close()
    await Promise.all(nodes.map((node) => node.stop()))
    await tokens.close()
    close()
    await store[Symbol.asyncDispose]()
  }
}

/** The first request makes a node subscribe. */
async function untilCached(url: string, { client }: Traffic): Promise<void> {
  do {
    await client.get(`${url}/files`, 'acme_unknown')
    await wait(RETRY_MS)
  } while (!(await isCaching(client, url)))
}

async function underLoad(
  options: MeasureOptions,
  tokens: TokenService,
  nodes: readonly RunningNode[],
  traffic: Traffic,
  clear: () => Promise<void>,
): Promise<{ readonly courses: readonly Course[]; readonly noticed: Noticed }> {
  const watch = watchNodes(nodes, traffic.client)
  const extra: Course[] = []
  const fault = options.fault?.({
    nodes,
    begin: watch.begin,
    noticed: watch.noticed,
    end: watch.end,
    clear,
    isCaching: ({ url }) => untilCached(url, traffic),
    async pauseInMidRequest(node, ms) {
      extra.push(...(await pausedInMidRequest(tokens, node, ms, traffic, watch)))
    },
  })
  const courses = await allCourses(options, tokens, nodes, traffic)
  await fault
  return { courses: [...courses, ...extra], noticed: await watch.finish() }
}

async function allCourses(
  { revocations, everyMs, fault, onProgress }: MeasureOptions,
  tokens: TokenService,
  nodes: readonly RunningNode[],
  traffic: Traffic,
): Promise<readonly Course[]> {
  const running: Promise<readonly Course[]>[] = []
  let refused = 0
  const begun = performance.now()
  for (let index = 0; index < revocations; index++) {
    const courses = coursesOfToken(tokens, nodes, traffic, fault === undefined)
    running.push(courses)
    courses.then(
      () => onProgress?.(++refused),
      () => {},
    )
    await wait(Math.max(0, begun + (index + 1) * everyMs - performance.now()))
  }
  return (await Promise.all(running)).flat()
}

/** @param isWell whether every node answers: then the token is revoked once each of them has allowed it */
async function coursesOfToken(
  tokens: TokenService,
  nodes: readonly RunningNode[],
  traffic: Traffic,
  isWell: boolean,
): Promise<readonly Course[]> {
  const { id, secret } = await newToken(tokens)
  const revoked: Revoked = { sent: Number.POSITIVE_INFINITY, decided: Number.POSITIVE_INFINITY }
  const used: Promise<void>[] = []
  const clients = nodes.map((node) => {
    const { promise, resolve } = deferred()
    used.push(promise)
    return courseOn(node, secret, revoked, traffic, resolve)
  })
  await wait(WARM_MS)
  if (isWell) await Promise.all(used)
  await revoke(tokens, id, revoked)
  return Promise.all(clients)
}

async function pausedInMidRequest(
  tokens: TokenService,
  node: RunningNode,
  ms: number,
  traffic: Traffic,
  { begin, end }: Pick<Run, 'begin' | 'end'>,
): Promise<readonly Course[]> {
  const made = await Promise.all(Array.from({ length: IN_FLIGHT }, () => newToken(tokens)))
  const asked = made.map(({ secret }) => counted(traffic, node.url, secret))
  // Some requests are answered in this time, others are in the middle of their lookups.
  await wait(1)
  node.pause()
  begin()
  const paused = wait(ms)
  const revocations = made.map(async ({ id }) => {
    const revoked: Revoked = { sent: Number.POSITIVE_INFINITY, decided: Number.POSITIVE_INFINITY }
    await revoke(tokens, id, revoked)
    return revoked
  })
  const revoked = await Promise.all(revocations)
  await paused
  node.resume()
  end()
  const singles = await Promise.all(asked.map((answer, index) => singleCourse(answer, revoked[index] as Revoked)))
  return singles.map(({ course }) => course)
}

async function newToken(tokens: TokenService): Promise<{ readonly id: string; readonly secret: string }> {
  const { token, secret } = await untilDone(() => tokens.create(ACTOR, OWNER, { name: 'used', scopes: [] }))
  return { id: token.id, secret: secret.reveal() }
}

async function revoke(tokens: TokenService, id: string, revoked: Revoked): Promise<void> {
  await untilDone(() => tokens.revoke(ACTOR, OWNER, id))
  revoked.sent = performance.now()
  revoked.decided = Date.now()
}

/** A database that is away is asked again. */
async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  const last = performance.now() + LONGEST_OUTAGE_MS
  for (;;) {
    try {
      return await work()
    } catch (cause) {
      if (performance.now() > last) throw cause
      await wait(RETRY_MS)
    }
  }
}

function summary(
  courses: readonly Course[],
): Omit<Measured, keyof Noticed | 'peakCalls' | 'revocations' | 'requests' | 'unavailable'> {
  const [sent, decided, intervals] = (['sentMs', 'decidedMs', 'intervalMs'] as const).map((name) =>
    courses.map((course) => course[name]).toSorted((a, b) => a - b),
  ) as [number[], number[], number[]]
  return {
    ...{ p50: shareOf(sent, 0.5), p99: shareOf(sent, 0.99), max: shareOf(sent, 1) },
    decidedMax: shareOf(decided, 1),
    intervalP99: shareOf(intervals, 0.99),
    beyondBound: courses.filter(({ sentMs, decidedMs }) => Math.max(sentMs, decidedMs) > BOUND_MS).length,
  }
}

/** Of values in ascending order. */
function shareOf(values: readonly number[], share: number): number {
  return Math.round(values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0)
}

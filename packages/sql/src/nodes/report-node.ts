import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type Health, refuseUnknownOptions, unref, wholeNumber, wrongOption } from '@patkit/core/adapter'
import type { DatabaseFacts, NodeReport, NodeStore } from './node-store.ts'

export interface ReportNodeOptions {
  readonly store: { readonly nodes: NodeStore }
  readonly verifier: { readonly health: Health }
  /** The name of this node; each running process needs another one. Default: host, process id and a random part. */
  readonly name?: string
  /** How often it reports, in milliseconds. Default 10 000. */
  readonly intervalMs?: number
  /** Called with every report that could not be written. Default: a process warning. */
  readonly onError?: (cause: unknown) => void
}

/** A node that reports. Disposing of it ends the reports and removes the last one. */
export interface ReportingNode extends AsyncDisposable {
  readonly name: string
  /** The last report; `null` before the first one. */
  readonly report: NodeReport | null
  /** Reports now. Rejects where the report cannot be written. */
  write(): Promise<void>
}

const LONGEST_INTERVAL_MS = 600_000
const LONGEST_NAME = 128
const NO_FACTS: DatabaseFacts = { pooling: null, standby: null, queueUsage: null }

/**
 * Writes the state of a verifier into the database, at once and then at intervals, so that `patkit doctor --nodes` can
 * show every node. The timer does not keep the process alive.
 *
 * @example
 * ```ts
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { reportNode, sqlStore } from '@patkit/sql'
 * import { createTokenService } from '@patkit/tokens'
 * import { PostgresDialect } from 'kysely'
 * import pg from 'pg'
 *
 * const store = sqlStore({ dialect: new PostgresDialect({ pool: new pg.Pool() }) })
 * const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const node = reportNode({ store, verifier })
 * process.once('SIGTERM', () => void node[Symbol.asyncDispose]())
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function reportNode(options: ReportNodeOptions): ReportingNode {
  const { nodes, verifier, name, intervalMs, failed } = reportSettings(options)
  let pooling: DatabaseFacts['pooling'] = null
  let isTried = false
  let last: NodeReport | null = null
  let before = { hits: 0, misses: 0 }
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing: Promise<void> = Promise.resolve()
  let stopped = false

  /** The pooling stays as it is, and is tried once: that takes two connections. */
  async function databaseFacts(): Promise<DatabaseFacts> {
    try {
      const found = await nodes.database(!isTried)
      if (!isTried) pooling = found.pooling
      isTried = true
      return { ...found, pooling }
    } catch (cause) {
      failed(cause)
      return NO_FACTS
    }
  }

  async function writeNow(): Promise<void> {
    const database = await databaseFacts()
    const { health } = verifier
    last = reportOf(health, before, { intervalMs, database })
    before = health
    if (!stopped) await nodes.put(name, last)
  }

  /** One at a time: the first one inserts the row. */
  function write(): Promise<void> {
    const written = writing.then(writeNow)
    writing = written.catch(() => {})
    return written
  }

  async function writeAgain(): Promise<void> {
    await write().catch(failed)
    if (!stopped) timer = unref(setTimeout(() => void writeAgain(), intervalMs))
  }

  void writeAgain()
  return {
    name,
    get report() {
      return last
    },
    write,
    async [Symbol.asyncDispose]() {
      stopped = true
      clearTimeout(timer)
      await writing
      await nodes.remove(name)
    },
  }
}

function reportOf(
  { mode, leaseMs, entries, hits, misses, channel }: Health,
  before: Pick<Health, 'hits' | 'misses'>,
  rest: Pick<NodeReport, 'intervalMs' | 'database'>,
): NodeReport {
  const [newHits, newMisses] = [hits - before.hits, misses - before.misses]
  const requests = newHits + newMisses
  return {
    ...{ mode, leaseMs, entries, hitRate: requests === 0 ? null : newHits / requests },
    lagMs: channel?.lagMs ?? null,
    echoMs: channel?.echoMs ?? null,
    fastEchoMs: channel?.fast?.echoMs ?? null,
    ...rest,
  }
}

function reportSettings(options: ReportNodeOptions) {
  const { store, verifier, name = defaultName(), intervalMs = 10_000, onError, ...unknown } = options
  refuseUnknownOptions(unknown)
  if (typeof store?.nodes?.put !== 'function') throw wrongOption('store', 'must be made by sqlStore')
  if (typeof verifier?.health !== 'object') throw wrongOption('verifier', 'must be a verifier')
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME) {
    throw wrongOption('name', `must be 1 to ${LONGEST_NAME} characters`)
  }
  return {
    ...{ nodes: store.nodes, verifier, name },
    intervalMs: wholeNumber('intervalMs', intervalMs, LONGEST_INTERVAL_MS),
    failed: onError ?? ((cause: unknown) => process.emitWarning(cause as Error)),
  }
}

function defaultName(): string {
  return `${hostname().slice(0, 64)}:${process.pid}:${randomBytes(2).toString('hex')}`
}

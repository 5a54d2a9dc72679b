import type { ListedNode } from '@patkit/sql'
import type { Session } from '../command.ts'
import { CliError, redacted } from '../errors.ts'
import { type Column, NONE } from '../output/table.ts'
import type { Style } from '../output/text.ts'
import type { Check } from './checks.ts'
import { withStore } from './database.ts'

/** A report that is this many intervals old was not renewed. */
const MISSED_REPORTS = 3
/** PostgreSQL warns at half of its queue of notifications. */
const QUEUE_LIMIT = 0.5
const QUESTION_MS = 15_000

/** The running verifiers of a database, and their problems. */
export interface NodesReport {
  readonly nodes: readonly ListedNode[]
  readonly checks: readonly Check[]
}

/** @returns no nodes where the database cannot be asked, which is a problem of its own */
export async function readNodes({ settings }: Session): Promise<NodesReport> {
  if (settings.database === null) return { nodes: [], checks: [] }
  try {
    const nodes = await withStore(settings, { create: false, answerMs: QUESTION_MS }, (store) => store.nodes.list())
    return { nodes, checks: nodes.length === 0 ? [NO_NODES] : nodes.map(checkOf) }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return { nodes: [], checks: [{ name: 'nodes', state: 'problem', detail: redacted(error.message) }] }
  }
}

const NO_NODES: Check = { name: 'nodes', state: 'skipped', detail: 'no running program reports to this database' }

function checkOf(node: ListedNode): Check {
  const problems = problemsOf(node)
  const name = `node ${node.name}`
  if (problems.length === 0) return { name, state: 'ok', detail: 'reports, and may use its cache' }
  return { name, state: 'problem', detail: problems.join('; ') }
}

function problemsOf({ ageMs, report }: ListedNode): readonly string[] {
  const { mode, leaseMs, fastEchoMs, intervalMs, database } = report
  const { pooling, standby, queueUsage } = database
  return [
    ageMs > MISSED_REPORTS * intervalMs && `has not reported for ${seconds(ageMs)}: it was killed, or cannot write`,
    mode === 'uncached' &&
      `looks up every token: the channel was silent for longer than its lease of ${seconds(leaseMs)}`,
    standby === true && 'is connected to a standby',
    pooling === 'transaction' && fastEchoMs === null && 'its pooler hands connections on: LISTEN needs a direct one',
    (queueUsage ?? 0) >= QUEUE_LIMIT &&
      `the queue of notifications is ${percent(queueUsage)} full: a session holds it up`,
  ].filter((problem) => problem !== false)
}

export function nodeColumns(style: Style): readonly Column<ListedNode>[] {
  return [
    { title: 'node', value: ({ name }) => name, least: 12 },
    { title: 'seen', value: ({ ageMs }) => seconds(ageMs) },
    {
      title: 'mode',
      value: ({ report }) => report.mode,
      paint: (text, { report }) => (report.mode === 'uncached' ? style.red(text) : text),
    },
    { title: 'lease', value: ({ report }) => seconds(report.leaseMs) },
    { title: 'entries', value: ({ report }) => String(report.entries) },
    { title: 'hit rate', value: ({ report }) => percent(report.hitRate) },
    { title: 'lag', value: ({ report }) => milliseconds(report.lagMs) },
    { title: 'echo', value: ({ report }) => milliseconds(report.fastEchoMs ?? report.echoMs) },
    { title: 'pooling', value: ({ report }) => report.database.pooling ?? NONE },
    { title: 'standby', value: ({ report }) => yesOrNo(report.database.standby) },
    { title: 'queue', value: ({ report }) => percent(report.database.queueUsage) },
  ]
}

function seconds(ms: number | null): string {
  return ms === null ? NONE : `${Math.round(ms / 1_000)} s`
}

function milliseconds(ms: number | null): string {
  return ms === null ? NONE : `${Math.round(ms)} ms`
}

function percent(part: number | null): string {
  return part === null ? NONE : `${Math.round(part * 100)} %`
}

function yesOrNo(value: boolean | null): string {
  return value === null ? NONE : value ? 'yes' : 'no'
}

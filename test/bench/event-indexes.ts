import { Kysely, sql } from 'kysely'
import type { AuditEvent } from '../../packages/core/dist/index.js'
import { sqlStore } from '../../packages/sql/dist/index.js'
import { createAuditLog } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { startPostgres } from '../servers/postgres.ts'
import { fullOrQuick, progress } from './harness/flags.ts'
import { publish, type Row } from './harness/report.ts'
import { middle, rounded } from './harness/statistics.ts'

/** What each index of an audit event costs on PostgreSQL, in time and in space, and what partitions do to a page. */
const EVENTS = fullOrQuick(60_000, 5_000)
const BATCH = 512
const ROUNDS = 3
const MONTH_MS = 30 * 86_400_000
const START = Date.now() - 12 * MONTH_MS
const INDEXES = ['token', 'principal', 'organization', 'outcome', 'client_ip', 'user', 'request', 'withdraws'] as const
const FEW = ['principal', 'outcome', 'client_ip', 'user', 'request'] as const

const postgres = await startPostgres()
try {
  await indexCosts()
  await pages()
} finally {
  await postgres.stop()
}

/** In turn, so that a busy machine slows all of them. */
async function indexCosts(): Promise<void> {
  const variants: readonly (readonly [name: string, without: readonly string[]])[] = [
    ['all', []],
    ...INDEXES.map((index) => [`without ${index}`, [index]] as const),
    ['token and organization only', FEW],
    ['none but the key', INDEXES],
  ]
  const found = new Map<string, { rates: number[]; bytes: number }>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, without] of variants) {
      const { rate, bytes } = await written(`r${round}_${variants.findIndex(([each]) => each === name)}_`, without)
      const rates = [...(found.get(name)?.rates ?? []), rate]
      found.set(name, { rates, bytes })
      progress(`round ${round + 1}, ${name}: ${Math.round(rate)} events/s`)
    }
  }
  const rows = [...found].map(([indexes, { rates, bytes }]): Row => {
    return { indexes, 'events/s': Math.round(middle(rates)), 'bytes an event': Math.round(bytes / EVENTS) }
  })
  publish({
    title: `PostgreSQL: the indexes of an audit event, ${EVENTS.toLocaleString('en')} events ${BATCH} at a time`,
    rows,
  })
}

async function written(tablePrefix: string, without: readonly string[]) {
  await using store = sqlStore({ dialect: dialectOf(postgres.url), tablePrefix })
  await store.migrate()
  const db = new Kysely<unknown>({ dialect: dialectOf(postgres.url) })
  for (const index of without) await sql`drop index ${sql.ref(`${tablePrefix}use_${index}`)}`.execute(db)
  const begun = performance.now()
  for (let n = 0; n < EVENTS; n += BATCH) await store.audit.write(batchFrom(n))
  const rate = EVENTS / ((performance.now() - begun) / 1_000)
  const { rows } = await sql<{ bytes: string }>`
    select pg_total_relation_size(${`${tablePrefix}use`}::regclass) as bytes`.execute(db)
  await sql`drop table ${sql.ref(`${tablePrefix}use`)}`.execute(db)
  await db.destroy()
  return { rate, bytes: Number(rows[0]?.bytes) }
}

/** The same events in one table and in one table for each month. */
async function pages(): Promise<void> {
  const rows: Row[] = []
  for (const [table, partitionEvents] of [
    ['one table', false],
    ['by month', true],
  ] as const) {
    await using store = sqlStore({ dialect: dialectOf(postgres.url), tablePrefix: partitionEvents ? 'p_' : 'o_' })
    await store.migrate({ partitionEvents })
    const db = new Kysely<unknown>({ dialect: dialectOf(postgres.url) })
    if (partitionEvents) await makeMonths(db)
    for (let n = 0; n < EVENTS; n += BATCH) await store.audit.write(batchFrom(n))
    await sql`vacuum analyze`.execute(db)
    const log = createAuditLog(store.audit)
    const scope = { organizationId: 'org-7' }
    const questions = {
      everything: () => log.list(null, { limit: 20 }),
      'an organization': () => log.list(scope, { limit: 20 }),
      'a token': () => log.list(null, { tokenId: 'token-77', limit: 20 }),
      denials: () => log.list(scope, { outcome: 'denied', limit: 20 }),
    }
    for (const [question, ask] of Object.entries(questions)) {
      const times: number[] = []
      for (let round = 0; round < 30; round++) {
        const begun = performance.now()
        await ask()
        times.push(performance.now() - begun)
      }
      rows.push({ table, question, 'median ms': rounded(middle(times)) })
    }
    const begun = performance.now()
    const removed = await log.prune({ before: new Date(START + 6 * MONTH_MS) })
    rows.push({
      table,
      question: `pruning ${removed} events`,
      'median ms': rounded(performance.now() - begun),
    })
    await db.destroy()
  }
  publish({ title: `PostgreSQL: a page of 20 of ${EVENTS.toLocaleString('en')} events of a year`, rows })
}

/** Months of the last year in place of the first partition, which holds no event. */
async function makeMonths(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ bound: string }>`
    select pg_get_expr(relpartbound, oid) as bound from pg_class where relname = 'p_use_before'`.execute(db)
  const until = Number(/TO \('?(\d+)/.exec(rows[0]?.bound ?? '')?.[1])
  await sql`drop table p_use_before`.execute(db)
  for (let from = START, n = 0; from < until; n++) {
    const to = Math.min(from + MONTH_MS, until)
    await sql`create table ${sql.ref(`p_use_m${n}`)} partition of p_use
      for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(db)
    from = to
  }
}

function batchFrom(first: number): AuditEvent[] {
  return Array.from({ length: Math.min(BATCH, EVENTS - first) }, (_, index) => use(first + index))
}

function use(n: number): AuditEvent {
  return {
    id: `019b7600-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    at: new Date(START + Math.floor((n / EVENTS) * 12 * MONTH_MS)),
    kind: 'use',
    outcome: n % 50 === 0 ? 'expired' : 'allowed',
    tokenId: `token-${(n * 7919) % 10_000}`,
    principalId: `principal-${(n * 7919) % 1_000}`,
    organizationId: `org-${n % 100}`,
    userId: null,
    clientIp: `10.0.7.${n % 251}`,
    requiredScopes: [],
    missingScopes: [],
    request: { id: `request-${n}`, method: 'GET', path: '/files/report.pdf', route: '/files/:name', userAgent: 'curl' },
    count: 1,
    withdraws: null,
  }
}

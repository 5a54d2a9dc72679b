import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import type { AuditEvent } from '../../packages/core/dist/index.js'
import { type SqlStore, sqlStore } from '../../packages/sql/dist/index.js'
import type { ChangeEvent } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { startPostgres } from '../servers/postgres.ts'
import { publish, type Row } from './harness/report.ts'

/** What the two indexes cost that erasing needs: rows a second of events that name an acting user or an actor. */
const USES = 20_000
const CHANGES = 10_000
const BATCH = 500
const ROUNDS = 3
const START = Date.UTC(2026, 0, 1)
/** Principals that events name. */
const PRINCIPALS = 1_000
const INDEXES = ['use_user', 'change_actor'] as const

type Rates = Readonly<Record<'uses' | 'changes', number>>

const folder = await mkdtemp(join(tmpdir(), 'patkit-erasure-indexes-'))
const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
const rows: Row[] = []
try {
  await measure('SQLite (libsql)', `sqlite:${join(folder, 'events.db')}`)
  await measure('PostgreSQL (pg)', postgres.url)
  await measure('MariaDB (mysql2)', mariadb.url)
  publish({
    title: 'What the indexes for erasing cost',
    note: `Events a second, written ${BATCH} at a time; the median of ${ROUNDS} rounds.`,
    rows,
  })
} finally {
  await Promise.all([postgres.stop(), mariadb.stop()])
  rmSync(folder, { recursive: true, force: true })
}

/** In turn, so that a busy machine slows both. The first round of each is not counted. */
async function measure(engine: string, url: string): Promise<void> {
  const withIndexes: Rates[] = []
  const without: Rates[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const rates = {
      withIndexes: await write(url, `with${round}_`, []),
      without: await write(url, `no${round}_`, INDEXES),
    }
    if (round === 0) continue
    withIndexes.push(rates.withIndexes)
    without.push(rates.without)
  }
  for (const part of ['uses', 'changes'] as const) {
    const [slow, fast] = [withIndexes, without].map((rates) => middle(rates.map((rate) => rate[part])))
    const cost = `${((1 - (slow as number) / (fast as number)) * 100).toFixed(0)} %`
    rows.push({ engine, events: part, with: Math.round(slow as number), without: Math.round(fast as number), cost })
  }
}

async function write(url: string, tablePrefix: string, dropped: readonly string[]): Promise<Rates> {
  const store = sqlStore({ dialect: dialectOf(url), tablePrefix })
  await store.migrate()
  const db = new Kysely<unknown>({ dialect: dialectOf(url) })
  for (const index of dropped) {
    const table = sql.table(`${tablePrefix}${index.split('_')[0]}`)
    const on = url.startsWith('mysql') ? sql`on ${table}` : sql``
    await sql`drop index ${sql.ref(`${tablePrefix}${index}`)} ${on}`.execute(db)
  }
  const rates = {
    uses: await rate(USES, (from) => store.audit.write(batchFrom(from, use))),
    changes: await rate(CHANGES, (from) => store.record(batchFrom(from, change))),
  }
  await removeTables(db, tablePrefix)
  await db.destroy()
  await (store as SqlStore)[Symbol.asyncDispose]()
  return rates
}

async function rate(events: number, write: (from: number) => Promise<void>): Promise<number> {
  const begun = performance.now()
  for (let from = 0; from < events; from += BATCH) await write(from)
  return (events * 1_000) / (performance.now() - begun)
}

/** Later rounds are not to work on a larger database. */
async function removeTables(db: Kysely<unknown>, prefix: string): Promise<void> {
  const tables = (await db.introspection.getTables()).filter(({ name }) => name.startsWith(prefix))
  for (const { name } of tables) await sql`drop table ${sql.table(name)}`.execute(db)
}

function batchFrom<T>(from: number, eventOf: (n: number) => T): readonly T[] {
  return Array.from({ length: BATCH }, (_, index) => eventOf(from + index))
}

function use(n: number): AuditEvent {
  const request = { id: `request-${n}`, method: 'GET', path: '/files/report.pdf', route: null, userAgent: 'curl/8.9.1' }
  return {
    ...{ ...shared(n), kind: 'use', outcome: 'allowed', userId: principal(n * 7), clientIp: `192.0.2.${n % 250}` },
    ...{ requiredScopes: [], missingScopes: [], request, count: 1, withdraws: null },
  }
}

function change(n: number): ChangeEvent {
  return {
    ...shared(n),
    kind: 'change',
    action: 'update',
    actorId: principal(n * 7),
    fields: ['name'],
    reason: null,
    clientIp: null,
  }
}

function shared(n: number) {
  const id = `019b7600-0000-7000-8000-0000${n.toString(16).padStart(8, '0')}`
  const at = new Date(START + n)
  return { id, at, tokenId: `token-${n % 5_000}`, organizationId: 'acme', principalId: principal(n) }
}

function principal(n: number): string {
  return `principal-${n % PRINCIPALS}`
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, type RawBuilder, sql } from 'kysely'
import { sqlStore } from '../../packages/sql/dist/index.js'
import { type AuditFilterInput, type AuditScope, createAuditLog } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { startPostgres } from '../servers/postgres.ts'
import { fullOrQuick } from './harness/flags.ts'
import { publish, type Row } from './harness/report.ts'
import { middle, rounded } from './harness/statistics.ts'

/** How long a page of the log takes to read, with millions of events: the first one of each question, and a deep one. */
interface Place {
  readonly name: string
  readonly url: string
  /** The numbers from one to another, as a table `numbers` with the column `n`. */
  readonly numbers: (from: number, to: number) => RawBuilder<unknown>
  readonly hexOf: RawBuilder<string>
  readonly settle: RawBuilder<unknown>
}

const EVENTS = Number(process.env.PATKIT_BENCH_EVENTS ?? fullOrQuick(10_000_000, 50_000))
const STEP = 250_000
const START = Date.UTC(2026, 0, 1)
/** Organization 0 has one event in ten, all of them in the first fifth of the time. */
const OLD = EVENTS / 5
const PAGE = 20
/** Makes the indexes again once it is no longer on record. */
const MIGRATION = '0105_uses'
const COLUMNS = sql.raw(`at, id, kind, outcome, token_id, principal_id, organization_id, user_id, client_ip,
  required_scopes, request_id, method, path, route, user_agent, count`)
const ROUNDS = fullOrQuick(15, 3)

const QUESTIONS: readonly (readonly [question: string, scope: AuditScope, filter: AuditFilterInput])[] = [
  ['everything', null, {}],
  ['a time', null, { from: instant(EVENTS / 2), until: instant(EVENTS / 2 + 1_000) }],
  ['a token', null, { tokenId: 'token-77' }],
  ['a token that one use in three is of', null, { tokenId: 'token-hot' }],
  ['a principal', { organizationId: 'org-7', principalId: 'principal-77' }, {}],
  ['an organization', { organizationId: 'org-7' }, {}],
  ['an organization that has long been silent', { organizationId: 'org-0' }, {}],
  ['denials', null, { outcome: 'denied' }],
  ['denials of a token', null, { tokenId: 'token-hot', outcome: 'denied' }],
  ['a reason', null, { reason: 'expired' }],
  ['a reason that is rare', null, { reason: 'superseded' }],
  ['an address', null, { clientIp: '10.0.7.7' }],
  ['an address that is nowhere', null, { clientIp: '192.0.2.1' }],
]

const folder = await mkdtemp(join(tmpdir(), 'patkit-audit-log-'))
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
try {
  if (wants('sqlite')) await measure(sqlite())
  if (wants('postgres')) await withServer(startPostgres, (url) => measure(postgres(url)))
  if (wants('mariadb')) await withServer(startMariadb, (url) => measure(mariadb(url)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function wants(engine: string): boolean {
  return asked.length === 0 || asked.includes(engine)
}

function sqlite(): Place {
  return {
    name: 'SQLite (libsql)',
    url: `sqlite:${join(folder, 'log.db')}`,
    numbers: (from, to) =>
      sql`with recursive numbers(n) as (select cast(${from} as integer) union all select n + 1 from numbers where n < ${to})`,
    hexOf: sql`printf('%08x', n)`,
    settle: sql`pragma wal_checkpoint(truncate)`,
  }
}

function postgres(url: string): Place {
  return {
    name: 'PostgreSQL (pg)',
    url,
    numbers: (from, to) => sql`with numbers as (select n from generate_series(${from}::bigint, ${to}::bigint) as n)`,
    hexOf: sql`lpad(to_hex(n), 8, '0')`,
    settle: sql`vacuum analyze patkit_use`,
  }
}

function mariadb(url: string): Place {
  return {
    name: 'MariaDB (mysql2)',
    url,
    numbers: (from, to) => sql`with numbers as (select seq + ${from} as n from ${sql.table(`seq_0_to_${to - from}`)})`,
    hexOf: sql`lpad(hex(n), 8, '0')`,
    settle: sql`analyze table patkit_use`,
  }
}

async function withServer(start: typeof startPostgres, work: (url: string) => Promise<void>): Promise<void> {
  const server = await start()
  try {
    await work(server.url)
  } finally {
    await server.stop()
  }
}

async function measure(place: Place): Promise<void> {
  await using store = sqlStore({ dialect: dialectOf(place.url) })
  await store.migrate()
  await load(place)
  // Indexes that were put aside.
  await store.migrate()
  const db = new Kysely<unknown>({ dialect: dialectOf(place.url) })
  await place.settle.execute(db)
  await db.destroy()
  const log = createAuditLog(store.audit)
  const rows: Row[] = []
  for (const [question, scope, filter] of QUESTIONS) {
    const times: number[] = []
    let found = 0
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now()
      found = (await log.list(scope, { ...filter, limit: PAGE })).items.length
      times.push(performance.now() - begun)
    }
    rows.push({
      question,
      found,
      'first ms': rounded(times[0] ?? 0),
      'median ms': rounded(middle(times)),
      'worst ms': rounded(Math.max(...times)),
    })
  }
  publish({ title: `${place.name}: a page of ${PAGE} of ${EVENTS.toLocaleString('en')} events`, rows })
}

/** In the engine itself, and without the indexes, which are made afterwards. */
async function load({ name, url, numbers, hexOf }: Place): Promise<void> {
  const db = new Kysely<unknown>({ dialect: dialectOf(url) })
  const indexes = ['token', 'principal', 'organization', 'outcome', 'client_ip', 'user', 'withdraws']
  const on = name.startsWith('MariaDB') ? sql`on patkit_use` : sql``
  for (const index of indexes) await sql`drop index ${sql.ref(`patkit_use_${index}`)} ${on}`.execute(db)
  await sql`delete from patkit_migration where name = ${MIGRATION}`.execute(db)
  const begun = performance.now()
  const text = (prefix: string, number: RawBuilder<unknown>) =>
    name.startsWith('MariaDB') ? sql`concat(${prefix}, ${number})` : sql`${sql.lit(prefix)} || (${number})`
  for (let from = 0; from < EVENTS; from += STEP) {
    const to = Math.min(from + STEP, EVENTS) - 1
    const organization = from < OLD ? sql`n % 2 * (n % 100)` : sql`n % 99 + 1`
    const select = sql`
      select ${START} + n, ${text('019b7600-0000-7000-8000-0000', hexOf)}, 'use',
        case when n % 1000000 = 1 then 'superseded' when n % 50 = 0 then 'expired' when n % 50 = 1 then 'ip_denied' else 'allowed' end,
        case when n % 3 = 0 then 'token-hot' else ${text('token-', sql`n % 100000`)} end,
        ${text('principal-', sql`n % 10000`)}, ${text('org-', organization)}, null,
        ${text('10.0.7.', sql`n % 251`)}, '[]', ${text('request-', sql`n`)}, 'GET', '/files/report.pdf', '/files/:name', 'curl/8.9.1', 1
      from numbers`
    const statement = name.startsWith('MariaDB')
      ? sql`insert into patkit_use (${COLUMNS}) ${numbers(from, to)} ${select}`
      : sql`${numbers(from, to)} insert into patkit_use (${COLUMNS}) ${select}`
    await statement.execute(db)
    const seconds = ((performance.now() - begun) / 1_000).toFixed(0)
    process.stderr.write(`\r${name}: ${(to + 1).toLocaleString('en')} events loaded, ${seconds} s `)
  }
  process.stderr.write('\n')
  await db.destroy()
}

function instant(n: number): Date {
  return new Date(START + n)
}

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestReader } from '../../packages/core/dist/adapter.js'
import { createVerifier, tokenFormat, type Verifier } from '../../packages/core/dist/index.js'
import { sqlStore } from '../../packages/sql/dist/index.js'
import { createTokenService, type StoredRecord } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { startPostgres } from '../servers/postgres.ts'
import { bareCommits } from './harness/bare-commits.ts'
import { fullOrQuick, progress } from './harness/flags.ts'
import { publish, type Row } from './harness/report.ts'
import { rounded } from './harness/statistics.ts'
import { atMost } from './harness/target.ts'

/**
 * What recording every use costs: events a second in both strengths, and the time that `required` adds to a request,
 * beside a bare insertion and commit of the same database in the same run.
 */
type Mode = 'background' | 'required' | 'none'

const ACTOR = { id: 'bench', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const TOKENS = fullOrQuick(1_000, 100)
const BACKGROUND_USES = fullOrQuick(100_000, 2_000)
const REQUIRED_USES: ReadonlyMap<number, number> = new Map([
  [1, fullOrQuick(1_500, 40)],
  [64, fullOrQuick(30_000, 500)],
])
/** Between two waits of a client that outruns its log. */
const CAPACITY = 10_000
/** The multiple of a bare commit that a use under `required` audit may reach. */
const REQUIRED_TARGET = 1.3

const reader: RequestReader<string> = {
  header: (token) => `Bearer ${token}`,
  peer: () => '192.0.2.1',
  context: () => ({ id: 'c2f1f0a2', method: 'GET', path: '/files/report.pdf', route: null, userAgent: 'curl/8.9.1' }),
}

const folder = await mkdtemp(join(tmpdir(), 'patkit-audit-'))
const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
const rates: Row[] = []
const latencies: Row[] = []
try {
  await measure('SQLite (libsql)', `sqlite:${join(folder, 'audit.db')}`)
  await measure('PostgreSQL (pg)', postgres.url)
  await measure('MariaDB (mysql2)', mariadb.url)
} finally {
  await Promise.all([postgres.stop(), mariadb.stop()])
  rmSync(folder, { recursive: true, force: true })
}
publish({
  title: `Audit: uses a second that are on record, ${TOKENS} tokens, durable commits, six indexes`,
  rows: rates,
})
publish({
  title: 'Audit: a remembered verify beside a bare insertion and commit, in microseconds',
  note: 'A bare commit inserts one row into a table without indexes, with a connection for each client. × = bare commit, by medians.',
  rows: latencies,
})

async function measure(name: string, url: string): Promise<void> {
  await using store = sqlStore({ dialect: dialectOf(url) })
  await store.migrate()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }), useFlushSeconds: 3_600 })
  await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
  const secrets: string[] = []
  for (let n = 0; n < TOKENS; n++) secrets.push((await tokens.create(ACTOR, OWNER, { name: `${n}` })).secret.reveal())

  const { onUse: _, ...options } = tokens.verifierOptions
  const verifierOf = (mode: Mode) =>
    createVerifier<StoredRecord>({
      ...options,
      ...(mode !== 'none' && { audit: { mode, sink: store.audit, capacity: CAPACITY, timeoutMs: 60_000 } }),
    })
  const background = await backgroundRate(verifierOf('background'), secrets)
  const row: Record<string, string | number> = { engine: name, background }
  for (const [atOnce, uses] of REQUIRED_USES) {
    progress(`${name}, ${atOnce} at once`)
    const without = await verifyTimes(verifierOf('none'), secrets, atOnce, uses)
    const bare = await commitTimes(url, atOnce, uses)
    const required = await verifyTimes(verifierOf('required'), secrets, atOnce, uses)
    row[`required, ${atOnce} at once`] = required.rate
    latencies.push({
      engine: name,
      'at once': atOnce,
      'no audit': without.median,
      'bare commit': bare.median,
      'bare commit, 99 %': bare.slow,
      required: required.median,
      'required, 99 %': required.slow,
      '×': rounded(required.median / bare.median),
      target: atMost(required.median / bare.median, REQUIRED_TARGET),
    })
  }
  rates.push(row)
}

/** Uses as fast as they are kept: a client that fills the queue waits until it is empty. */
async function backgroundRate(verifier: Verifier<StoredRecord>, secrets: readonly string[]): Promise<number> {
  await warm(verifier, secrets)
  const begun = performance.now()
  for (let use = 0; use < BACKGROUND_USES; use++) {
    await verifier.verify(secrets[use % TOKENS] as string, reader)
    if (verifier.health.auditWaiting >= CAPACITY / 2) await verifier.flush()
  }
  await verifier.flush()
  const seconds = (performance.now() - begun) / 1_000
  if (verifier.health.auditDropped > 0) throw new Error('events were dropped')
  return Math.round(BACKGROUND_USES / seconds)
}

interface Times {
  /** Microseconds. */
  readonly median: number
  readonly slow: number
  /** Of all clients, a second. */
  readonly rate: number
}

async function verifyTimes(
  verifier: Verifier<StoredRecord>,
  secrets: readonly string[],
  atOnce: number,
  uses: number,
): Promise<Times> {
  await warm(verifier, secrets)
  return timesOf(atOnce, uses, async (use) => {
    const decision = await verifier.verify(secrets[use % TOKENS] as string, reader)
    if (!decision.ok) throw new Error(decision.reason)
  })
}

async function commitTimes(url: string, atOnce: number, uses: number): Promise<Times> {
  const { commit, close } = await bareCommits(url, atOnce)
  // Connections are opened, and statements planned.
  await Promise.all(Array.from({ length: atOnce }, commit))
  try {
    return await timesOf(atOnce, uses, commit)
  } finally {
    await close()
  }
}

/** Clients that wait for their answers, `atOnce` of them. */
async function timesOf(atOnce: number, uses: number, use: (index: number) => Promise<unknown>): Promise<Times> {
  const times: number[] = []
  const begun = performance.now()
  const client = async () => {
    while (times.length < uses) {
      const sent = performance.now()
      await use(times.length)
      times.push((performance.now() - sent) * 1_000)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  const seconds = (performance.now() - begun) / 1_000
  times.sort((a, b) => a - b)
  const at = (share: number) => rounded(times[Math.floor(times.length * share)] as number)
  return { median: at(0.5), slow: at(0.99), rate: Math.round(times.length / seconds) }
}

async function warm(verifier: Verifier<StoredRecord>, secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) await verifier.verify(secret, reader)
  await verifier.flush()
}

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

/** What recording every use costs: events a second in both strengths, and what `required` adds to a request. */
type Mode = 'background' | 'required' | 'none'

const ACTOR = { id: 'bench', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }
const TOKENS = 1_000
const BACKGROUND_USES = 100_000
const REQUIRED_USES: ReadonlyMap<number, number> = new Map([
  [1, 1_500],
  [64, 30_000],
])
/** Between two waits of a client that outruns its log. */
const CAPACITY = 10_000

const reader: RequestReader<string> = {
  header: (token) => `Bearer ${token}`,
  peer: () => '192.0.2.1',
  context: () => ({ id: 'c2f1f0a2', method: 'GET', path: '/files/report.pdf', route: null, userAgent: 'curl/8.9.1' }),
}

const folder = await mkdtemp(join(tmpdir(), 'patkit-audit-'))
const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
const rates: object[] = []
const latencies: object[] = []
try {
  await measure('SQLite (libsql)', `sqlite:${join(folder, 'audit.db')}`)
  await measure('PostgreSQL (pg)', postgres.url)
  await measure('MariaDB (mysql2)', mariadb.url)
} finally {
  await Promise.all([postgres.stop(), mariadb.stop()])
  rmSync(folder, { recursive: true, force: true })
}
console.log(`\nAudit: uses a second that are on record, ${TOKENS} tokens, durable commits, six indexes`)
console.table(rates)
console.log('\nAudit: a remembered verify, in microseconds')
console.table(latencies)

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
    const without = await latency(verifierOf('none'), secrets, atOnce, uses)
    const required = await latency(verifierOf('required'), secrets, atOnce, uses)
    row[`required, ${atOnce} at once`] = required.rate
    latencies.push({
      engine: name,
      'at once': atOnce,
      'no audit': without.median,
      required: required.median,
      '99 %': required.slow,
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

async function latency(
  verifier: Verifier<StoredRecord>,
  secrets: readonly string[],
  atOnce: number,
  uses: number,
): Promise<{ readonly median: number; readonly slow: number; readonly rate: number }> {
  await warm(verifier, secrets)
  const times: number[] = []
  const begun = performance.now()
  const client = async () => {
    while (times.length < uses) {
      const sent = performance.now()
      const decision = await verifier.verify(secrets[times.length % TOKENS] as string, reader)
      if (!decision.ok) throw new Error(decision.reason)
      times.push((performance.now() - sent) * 1_000)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  const seconds = (performance.now() - begun) / 1_000
  times.sort((a, b) => a - b)
  const at = (share: number) => Number((times[Math.floor(times.length * share)] as number).toFixed(1))
  return { median: at(0.5), slow: at(0.99), rate: Math.round(times.length / seconds) }
}

async function warm(verifier: Verifier<StoredRecord>, secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) await verifier.verify(secret, reader)
  await verifier.flush()
}

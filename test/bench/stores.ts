import { rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dialect, Kysely, sql } from 'kysely'
// The built packages, as users run them.
import { tokenFormat } from '../../packages/core/dist/index.js'
import { type SqlStore, sqlStore } from '../../packages/sql/dist/index.js'
import { createTokenService } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { startPostgres } from '../servers/postgres.ts'

interface Place {
  readonly name: string
  readonly dialect: () => Dialect
  /** Bytes of tables and indexes. */
  readonly size: () => Promise<number>
  /** Lookups a second that are aimed at, by lookups at once. */
  readonly targets: ReadonlyMap<number, number>
}

const SIZES = [1_000, 100_000, 1_000_000]
/** Rows of one insertion, within what SQLite takes as parameters. */
const BATCH = 1_000
const MAX_BATCH = 64
const LOOKUPS = 40_000
const LIFECYCLES = 500
const ACTOR = { id: 'bench', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }

const folder = await mkdtemp(join(tmpdir(), 'patkit-bench-'))
const server = await startPostgres()
const postgres = () => dialectOf(server.url)

try {
  await measure(sqlite(join(folder, 'bench.db')))
  await measure({
    name: 'PostgreSQL (pg)',
    dialect: postgres,
    size: databaseSize,
    targets: new Map([
      [64, 40_000],
      [256, 80_000],
    ]),
  })
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

function sqlite(file: string): Place {
  return {
    name: 'SQLite (libsql)',
    dialect: () => dialectOf(`sqlite:${file}`),
    size: async () => statSync(file).size,
    targets: new Map([[64, 60_000]]),
  }
}

async function databaseSize(): Promise<number> {
  const db = new Kysely<unknown>({ dialect: postgres() })
  const { rows } = await sql<{ bytes: string }>`
    select sum(pg_total_relation_size(relid)) as bytes from pg_stat_user_tables`.execute(db)
  await db.destroy()
  return Number(rows[0]?.bytes)
}

async function measure(place: Place): Promise<void> {
  const store = sqlStore({ dialect: place.dialect() })
  await store.migrate()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
  await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
  const rows: object[] = []
  let loaded = 0
  for (const size of SIZES) {
    await load(place, loaded, size)
    loaded = size
    rows.push({ tokens: size, ...(await lookups(place, store, size)) })
  }
  console.log(`\n${place.name}: lookups a second that miss every cache`)
  console.table(rows)
  const bytes = Math.round((await place.size()) / loaded)
  console.log(`${place.name}: ${bytes} bytes a token on disk, one secret each, indexes included`)
  await lifecycles(place, tokens)
  await store[Symbol.asyncDispose]()
}

/** Rows as the store writes them, without its transactions. */
async function load(place: Place, from: number, to: number): Promise<void> {
  const db = new Kysely<Record<string, Record<string, unknown>>>({ dialect: place.dialect() })
  const begun = performance.now()
  for (let start = from; start < to; start += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, to - start) }, (_, index) => start + index)
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('patkit_token').values(numbers.map(tokenRow)).execute()
      await trx.insertInto('patkit_secret').values(numbers.map(secretRow)).execute()
    })
    progress(place, start + numbers.length, to, begun)
  }
  if (place.name.startsWith('PostgreSQL')) await sql`vacuum analyze`.execute(db)
  else await sql`pragma wal_checkpoint(truncate)`.execute(db)
  await db.destroy()
}

function progress({ name }: Place, done: number, all: number, begun: number): void {
  if (done % 50_000 !== 0 && done !== all) return
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  process.stderr.write(
    `${name}: ${done.toLocaleString('en')} of ${all.toLocaleString('en')} tokens loaded, ${seconds} s\n`,
  )
}

function tokenRow(n: number): Record<string, unknown> {
  return {
    id: idOf(n),
    organization_id: OWNER.organizationId,
    principal_id: OWNER.principalId,
    version: 1,
    name: `token ${n}`,
    description: null,
    search: `token ${n}\n`,
    hint: 'acme_…abcd',
    scopes: '["drive:read"]',
    user_id: OWNER.principalId,
    ip_allowlist: null,
    created_by: ACTOR.id,
    created_at: n,
    updated_at: n,
    issued_at: n,
    expires_at: null,
    revoked_at: null,
    last_used_at: null,
    last_used_ip: null,
    use_count: 0,
  }
}

function secretRow(n: number): Record<string, unknown> {
  return { digest: digestOf(n), token_id: idOf(n), created_at: n, ends_at: null, awaits_adoption: 0 }
}

function idOf(n: number): string {
  return `019b7600-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

/** Spread as digests are, and made again without being kept. */
function digestOf(n: number): string {
  const spread = (Math.imul(n, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return `${spread}${n.toString(16).padStart(56, '0')}`
}

async function lookups({ targets }: Place, store: SqlStore, size: number): Promise<object> {
  const figures: [string, string | number][] = [['one by one, 64 at once', await rate(store, size, 64, 1)]]
  for (const [atOnce, target] of targets) {
    const found = await rate(store, size, atOnce, MAX_BATCH)
    const verdict = size < 1_000_000 ? '' : found >= target ? ` (>= ${target}: met)` : ` (>= ${target}: MISSED)`
    figures.push([`resolveMany, ${atOnce} at once`, `${found}${verdict}`])
  }
  return Object.fromEntries(figures)
}

/** As many lookups under way as are said, in calls of a batch each. */
async function rate(store: SqlStore, size: number, atOnce: number, batch: number): Promise<number> {
  let next = 0
  const worker = async () => {
    while (next < LOOKUPS) {
      const first = next
      next += batch
      const digests = Array.from({ length: batch }, (_, index) => digestOf(((first + index) * 7_919) % size))
      const found = await store.resolveMany(digests)
      if (found.size !== new Set(digests).size) throw new Error('a token that was loaded was not found')
    }
  }
  const run = async () => {
    next = 0
    const begun = performance.now()
    await Promise.all(Array.from({ length: Math.ceil(atOnce / batch) }, worker))
    return next / ((performance.now() - begun) / 1_000)
  }
  await run()
  return Math.round(await run())
}

async function lifecycles({ name }: Place, tokens: ReturnType<typeof createTokenService>): Promise<void> {
  const ids: string[] = []
  const verbs: readonly (readonly [string, (n: number) => Promise<unknown>])[] = [
    ['create', async (n) => ids.push((await tokens.create(ACTOR, OWNER, { name: `new ${n}` })).token.id)],
    ['update', (n) => tokens.update(ACTOR, OWNER, ids[n] as string, { name: `newer ${n}` })],
    ['rotate', (n) => tokens.rotate(ACTOR, OWNER, ids[n] as string)],
    ['revoke', (n) => tokens.revoke(ACTOR, OWNER, ids[n] as string)],
    ['regenerate', (n) => tokens.regenerate(ACTOR, OWNER, ids[n] as string)],
    ['delete', (n) => tokens.delete(ACTOR, OWNER, ids[n] as string)],
  ]
  const rates: Record<string, number> = {}
  for (const [verb, run] of verbs) {
    const begun = performance.now()
    for (let n = 0; n < LIFECYCLES; n += 10) await Promise.all(Array.from({ length: 10 }, (_, index) => run(n + index)))
    rates[verb] = Math.round(LIFECYCLES / ((performance.now() - begun) / 1_000))
  }
  console.log(`${name}: lifecycle operations a second, 10 at once, one owner, durable`)
  console.table(rates)
}

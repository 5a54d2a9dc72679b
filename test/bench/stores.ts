import { rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely'
import pg from 'pg'
// The built packages, as users run them.
import { tokenFormat } from '../../packages/core/dist/index.js'
import { type SqlStore, sqlStore } from '../../packages/sql/dist/index.js'
import { createTokenService } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { ownPostgres, startPostgres } from '../servers/postgres.ts'
import { fullOrQuick, progress } from './harness/flags.ts'
import { publish, type Row } from './harness/report.ts'
import { atLeast } from './harness/target.ts'

interface Place {
  readonly name: string
  readonly url: string
  /** Bytes of tables and indexes. */
  readonly size: () => Promise<number>
  /** After rows were loaded: brings statistics up to date, and writes pending pages to disk. */
  readonly settle: RawBuilder<unknown>
  /** The size of the database's own cache, for the page. */
  readonly cache: string
  /** A store whose lookups are prepared, where the engine can. */
  readonly preparing: (() => SqlStore) | null
  /** Lookups a second that are aimed at, by lookups at once; `null` where none is set. */
  readonly targets: ReadonlyMap<number, number | null>
}

/** The one that targets are for. */
const LARGEST_SIZE = 1_000_000
const SIZES = fullOrQuick([1_000, 100_000, LARGEST_SIZE], [1_000])
/** Holds the data of the largest size, so that no figure is one of the disk. */
const CACHE_MIB = 2_048
/** Rows of one insertion, within what SQLite takes as parameters. */
const BATCH = 1_000
const MAX_BATCH = 64
const LOOKUPS = fullOrQuick(40_000, 4_000)
const LIFECYCLES = fullOrQuick(500, 30)
const ACTOR = { id: 'bench', scopes: null }
const OWNER = { organizationId: 'acme', principalId: 'ada' }

await measureSqlite()
await measurePostgres()
await measureMariadb()

async function measureSqlite(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'patkit-bench-'))
  const file = join(folder, 'bench.db')
  try {
    await measure({
      name: 'SQLite (libsql)',
      url: `sqlite:${file}`,
      size: async () => statSync(file).size,
      settle: sql`pragma wal_checkpoint(truncate)`,
      cache: 'The file is in the page cache of the system.',
      preparing: null,
      targets: new Map([[64, 60_000]]),
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measurePostgres(): Promise<void> {
  const server = await startWithSharedBuffers()
  const bytes = sql<Figure>`select sum(pg_total_relation_size(relid)) as figure from pg_stat_user_tables`
  try {
    await measure({
      name: 'PostgreSQL (pg)',
      url: server.url,
      size: async () => Number(await figure(server.url, bytes)),
      settle: sql`vacuum analyze`,
      cache: `\`shared_buffers\` = ${await figure(server.url, sql<Figure>`select current_setting('shared_buffers') as figure`)}.`,
      preparing() {
        const pool = new pg.Pool({ connectionString: server.url })
        return sqlStore({ dialect: new PostgresDialect({ pool }), preparedOn: pool })
      },
      targets: new Map([
        [64, 45_000],
        [256, 80_000],
      ]),
    })
  } finally {
    await server.stop()
  }
}

/** A server that the environment names keeps its own settings. */
async function startWithSharedBuffers() {
  if (process.env.PATKIT_TEST_POSTGRES_URL !== undefined) return startPostgres()
  const server = await ownPostgres()
  await figure(server.url, sql<Figure>`alter system set shared_buffers = ${sql.lit(`${CACHE_MIB}MB`)}`)
  await server.halt()
  await server.restart()
  return server
}

async function measureMariadb(): Promise<void> {
  const server = await startMariadb()
  const size = sql<Figure>`
    select sum(data_length + index_length) as figure from information_schema.tables where table_name like 'patkit%'`
  try {
    if (process.env.PATKIT_TEST_MYSQL_URL === undefined)
      await figure(server.url, sql<Figure>`set global innodb_buffer_pool_size = ${sql.lit(CACHE_MIB * 2 ** 20)}`)
    const pool = sql<Figure>`select @@innodb_buffer_pool_size div 1048576 as figure`
    await measure({
      name: 'MariaDB (mysql2)',
      url: server.url,
      size: async () => Number(await figure(server.url, size)),
      settle: sql`analyze table patkit_token, patkit_secret`,
      cache: `\`innodb_buffer_pool_size\` = ${await figure(server.url, pool)} MiB.`,
      preparing: null,
      targets: new Map([
        [64, null],
        [256, null],
      ]),
    })
  } finally {
    await server.stop()
  }
}

interface Figure {
  readonly figure: string
}

async function figure(url: string, statement: RawBuilder<Figure>): Promise<string> {
  const db = new Kysely<unknown>({ dialect: dialectOf(url) })
  const { rows } = await statement.execute(db)
  await db.destroy()
  return rows[0]?.figure ?? ''
}

async function measure(place: Place): Promise<void> {
  const store = sqlStore({ dialect: dialectOf(place.url) })
  await store.migrate()
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) })
  await tokens.putPrincipal(ACTOR, { ...OWNER, kind: 'user', disabledAt: null, ceiling: null })
  const rows: Row[] = []
  let loaded = 0
  for (const size of SIZES) {
    await load(place, loaded, size)
    loaded = size
    rows.push({ tokens: size, ...(await lookups(place, store, size)) })
    await using preparing = place.preparing?.()
    if (preparing !== undefined) rows.push({ tokens: `${size}, prepared`, ...(await lookups(place, preparing, size)) })
  }
  const bytes = Math.round((await place.size()) / loaded)
  publish({
    title: `${place.name}: lookups a second that miss every cache of patkit`,
    note: `${place.cache} A token takes ${bytes} bytes on disk, with one secret and the indexes.`,
    rows,
  })
  await lifecycles(place, tokens)
  await store[Symbol.asyncDispose]()
}

/** Rows as the store writes them, without its transactions. */
async function load(place: Place, from: number, to: number): Promise<void> {
  const db = new Kysely<Record<string, Record<string, unknown>>>({ dialect: dialectOf(place.url) })
  const begun = performance.now()
  for (let start = from; start < to; start += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, to - start) }, (_, index) => start + index)
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('patkit_token').values(numbers.map(tokenRow)).execute()
      await trx.insertInto('patkit_secret').values(numbers.map(secretRow)).execute()
    })
    reportLoaded(place, start + numbers.length, to, begun)
  }
  await place.settle.execute(db)
  await db.destroy()
}

function reportLoaded({ name }: Place, done: number, all: number, begun: number): void {
  if (done % 50_000 !== 0 && done !== all) return
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  progress(`${name}: ${done.toLocaleString('en')} of ${all.toLocaleString('en')} tokens loaded, ${seconds} s`)
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

async function lookups({ targets }: Place, store: SqlStore, size: number): Promise<Row> {
  const figures: [string, string | number][] = [['one by one, 64 at once', await rate(store, size, 64, 1)]]
  for (const [atOnce, target] of targets) {
    const found = await rate(store, size, atOnce, MAX_BATCH)
    figures.push([`resolveMany, ${atOnce} at once`, found])
    const isLargest = size === LARGEST_SIZE
    if (target !== null) figures.push([`target, ${atOnce} at once`, atLeast(found, isLargest ? target : undefined)])
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
  publish({ title: `${name}: lifecycle operations a second, 10 at once, one owner, durable`, rows: [rates] })
}

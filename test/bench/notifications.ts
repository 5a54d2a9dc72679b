import { PostgresDialect } from 'kysely'
import pg from 'pg'
import { tokenFormat } from '../../packages/core/dist/index.js'
import { type SqlStore, sqlStore } from '../../packages/sql/dist/index.js'
import { createTokenService } from '../../packages/tokens/dist/index.js'
import { startPostgres } from '../servers/postgres.ts'
import { fullOrQuick, progress } from './harness/flags.ts'
import { publish, type Row } from './harness/report.ts'
import { middle, rounded } from './harness/statistics.ts'

/** What the notification of a revocation costs on PostgreSQL, which commits transactions with one in turn. */
const WRITERS = fullOrQuick([1, 8, 64], [64])
const MOST_WRITERS = 64
const ROUNDS = fullOrQuick(7, 3)
/** Of one round, in both ways. */
const REVOCATIONS = fullOrQuick(2_048, 512)
const LISTENERS = 4
const ACTOR = { id: 'bench', scopes: null }

interface Way {
  readonly name: 'with NOTIFY' | 'without'
  readonly tokens: ReturnType<typeof createTokenService>
  readonly store: SqlStore
}

const postgres = await startPostgres()
try {
  await measure()
} finally {
  await postgres.stop()
}

async function measure(): Promise<void> {
  const ways = [wayOf('with NOTIFY', true), wayOf('without', false)] as const
  await ways[0].store.migrate()
  for (let n = 0; n < MOST_WRITERS; n++)
    await ways[0].tokens.putPrincipal(ACTOR, { ...ownerOf(n), kind: 'user', disabledAt: null, ceiling: null })
  const listeners = await Promise.all(Array.from({ length: LISTENERS }, () => listening()))
  const rows: Row[] = []
  for (const writers of WRITERS) rows.push(await compared(ways, writers))
  publish({
    title: 'PostgreSQL: revocations a second, with and without their notifications',
    note:
      `The middle of ${ROUNDS} rounds of ${REVOCATIONS.toLocaleString('en')} revocations each way, in turn; the ratio is the ` +
      `middle of the ratios of the rounds. Each writer has its own principal. ${LISTENERS} connections listen.`,
    rows,
  })
  for (const listener of listeners) await listener.end()
  for (const { store } of ways) await store[Symbol.asyncDispose]()
}

function wayOf(name: Way['name'], notify: boolean): Way {
  const pool = new pg.Pool({ connectionString: postgres.url, max: MOST_WRITERS })
  // The server ends before connections of a pool that was closed.
  pool.on('error', () => {})
  const store = sqlStore({ dialect: new PostgresDialect({ pool }), notify })
  return { name, store, tokens: createTokenService({ store, format: tokenFormat({ prefix: 'acme' }) }) }
}

async function listening(): Promise<pg.Client> {
  const client = new pg.Client(postgres.url)
  await client.connect()
  await client.query('listen patkit_invalidation')
  return client
}

/** One after the other in each round, each first in every other round, so that a busy machine slows both. */
async function compared(ways: readonly Way[], writers: number): Promise<Row> {
  const rates = { 'with NOTIFY': [] as number[], without: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) rates[way.name].push(await rate(way, writers))
    progress(`${writers} writers, round ${round + 1} of ${ROUNDS}`)
  }
  const ratios = rates['with NOTIFY'].map((found, round) => found / (rates.without[round] as number))
  return {
    writers,
    'with NOTIFY': Math.round(middle(rates['with NOTIFY'])),
    without: Math.round(middle(rates.without)),
    ratio: rounded(middle(ratios)),
    ratios: ratios.map((ratio) => ratio.toFixed(2)).join(', '),
  }
}

/** Revocations a second. The tokens are made before. */
async function rate({ tokens }: Way, writers: number): Promise<number> {
  const work = await Promise.all(Array.from({ length: writers }, (_, n) => made(tokens, n, REVOCATIONS / writers)))
  const begun = performance.now()
  await Promise.all(
    work.map(async (ids, n) => {
      for (const id of ids) await tokens.revoke(ACTOR, ownerOf(n), id)
    }),
  )
  return REVOCATIONS / ((performance.now() - begun) / 1_000)
}

async function made(tokens: Way['tokens'], n: number, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) ids.push((await tokens.create(ACTOR, ownerOf(n), { name: 'revoked' })).token.id)
  return ids
}

function ownerOf(n: number) {
  return { organizationId: 'acme', principalId: `writer-${n}` }
}

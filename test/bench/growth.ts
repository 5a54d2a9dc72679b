import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditSink, TokenRecord, Verifier, VerifierOptions } from '@patkit/core'
import type { RequestReader } from '@patkit/core/adapter'
// The built packages, as users run them.
import { createVerifier } from '../../packages/core/dist/index.js'
import { sqlStore } from '../../packages/sql/dist/index.js'
import { createTokenService } from '../../packages/tokens/dist/index.js'
import { dialectOf } from '../servers/dialect.ts'
import { fullOrQuick } from './harness/flags.ts'
import { freshValues } from './harness/fresh-values.ts'
import { interleave, type Runner, runnerOf, type Timing } from './harness/interleave.ts'
import { recordOf } from './harness/record.ts'
import { publish } from './harness/report.ts'
import { middle, rounded } from './harness/statistics.ts'
import { format, PEER, reader, serving } from './own-verifier.ts'

/** How the time of one verify grows with what it has to do with. */
interface Series {
  readonly title: string
  readonly file: string
  readonly size: string
  readonly sizes: readonly number[]
  /** One runner for each size. */
  readonly runners: (size: number) => Promise<Runner>
}

const ROUNDS = { rounds: fullOrQuick(30, 5), blockMs: fullOrQuick(20, 5) }

const SERIES: readonly Series[] = [
  {
    title: 'A cached verify by the number of cached tokens',
    file: 'growth-tokens',
    size: 'cached tokens',
    sizes: fullOrQuick([1_000, 10_000, 100_000, 1_000_000], [1_000, 10_000]),
    runners: async (size) => verifying(String(size), await serving(size)),
  },
  {
    title: 'A cached verify and the check of one scope by the number of scopes of the token',
    file: 'growth-scopes',
    size: 'scopes of a token',
    sizes: [1, 10, 100, 1_000],
    runners: scopesRunner,
  },
  {
    title: 'A cached verify by the number of CIDRs of the allowlist',
    file: 'growth-cidrs',
    size: 'CIDRs of an allowlist',
    sizes: [1, 10, 100, 1_000, 10_000],
    runners: async (size) =>
      verifying(String(size), await serving(CIDR_TOKENS, { members: { ipAllowlist: allowlist(size) } })),
  },
  {
    title: 'A verify by the share of requests that the cache answers, with a resolver that returns at once',
    file: 'growth-hit-rate',
    size: 'per cent of requests that the cache answers',
    sizes: [100, 99, 90, 50, 10, 0],
    runners: hitRateRunner,
  },
]

async function measureSeries({ title, file, size, sizes, runners }: Series): Promise<void> {
  const all: Runner[] = []
  for (const value of sizes) all.push(await runners(value))
  const timings = await interleave(all, ROUNDS)
  publish({
    title,
    note: roundsNote('× = the first row'),
    rows: timings.map((timing) => ({
      [size]: Number(timing.name),
      ...figures(timing),
    })),
    plot: {
      kind: 'lines',
      file,
      unit: 'microseconds of processor time, median',
      size,
      scale: sizes.includes(0) ? 'linear' : 'log',
      lines: [{ label: 'verify', points: timings.map(({ name, times }) => [Number(name), middle(times)] as const) }],
    },
  })
}

function figures({ times, ratios }: Timing) {
  return {
    'µs, median': rounded(middle(times)),
    'µs, minimum': rounded(Math.min(...times)),
    '×, median': rounded(middle(ratios)),
  }
}

function roundsNote(multiple: string): string {
  return `${multiple}; ${ROUNDS.rounds} rounds, ${ROUNDS.blockMs} ms a turn; processor time.`
}

interface Served {
  readonly verifier: Verifier<TokenRecord>
  readonly values: readonly string[]
}

function verifying(name: string, { verifier, values }: Served): Runner {
  const next = freshValues(values)
  return runnerOf(name, () => verifier.verify({ authorization: next(), peer: PEER }, reader))
}

async function scopesRunner(size: number): Promise<Runner> {
  const scopes = Array.from({ length: size }, (_, index) => `drive:d${index}:read`)
  const { verifier, values } = await serving(100, { members: { scopes } })
  const next = freshValues(values)
  const need = { kind: 'all', scopes: [scopes.at(-1) as string] } as const
  return runnerOf(String(size), () => {
    const request = { authorization: next(), peer: PEER }
    const decision = verifier.verify(request, reader)
    if (!('ok' in decision)) throw new Error('bench: a cached token was looked up')
    return verifier.authorize(decision, need, request, reader)
  })
}

/** Each record has a copy of its allowlist. */
const CIDR_TOKENS = 100

/** Distinct ranges that all but one miss the peer, scattered so that none of them can be joined. */
function allowlist(count: number): string[] {
  const foreign = Array.from(
    { length: count - 1 },
    (_, n) => `${11 + (n % 89)}.${(n >> 7) & 255}.${(n << 1) & 255}.0/24`,
  )
  return [...foreign, '127.0.0.0/8']
}

const CACHE = 1_000
const HOT = 100
/** So many that the cache has forgotten each when it comes again. */
const COLD = 20_000

async function hitRateRunner(percent: number): Promise<Runner> {
  const tokens = Array.from({ length: HOT + COLD }, () => format.mint())
  const records = new Map(tokens.map((token, index) => [token.digest, recordOf(token, index)]))
  const verifier = createVerifier({
    format,
    resolve: (digest) => records.get(digest) ?? null,
    cacheEntries: CACHE,
    cacheTtlSeconds: 3_600,
  })
  const lines = tokens.map((token) => Buffer.from(`Bearer ${token.reveal()}`, 'latin1'))
  let [request, hot, cold] = [0, 0, 0]
  const next = () => {
    request = (request + 37) % 100
    if (request < percent) hot = (hot + 1) % HOT
    else cold = (cold + 1) % COLD
    return (lines[request < percent ? hot : HOT + cold] as Buffer).latin1Slice()
  }
  return runnerOf(String(percent), () => verifier.verify({ authorization: next(), peer: PEER }, reader))
}

const STORE_TOKENS = fullOrQuick(10_000, 500)
const AT_ONCE = [1, 4, 16, 64, 256]

/** Lookups that miss the cache, in SQLite: those that are under way at once share a statement. */
async function measureConcurrency(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-growth-'))
  try {
    await using store = sqlStore({ dialect: dialectOf(`sqlite:${join(folder, 'tokens.db')}`) })
    await store.migrate()
    const tokens = createTokenService({ store, format })
    const owner = { organizationId: 'acme', principalId: 'ada' }
    const actor = { id: 'bench', scopes: null }
    await tokens.putPrincipal(actor, { ...owner, kind: 'user', disabledAt: null, ceiling: null })
    const values: string[] = []
    for (let n = 0; n < STORE_TOKENS; n++)
      values.push(`Bearer ${(await tokens.create(actor, owner, { name: `${n}` })).secret.reveal()}`)
    const { onUse: _, ...options } = tokens.verifierOptions
    const verifier = createVerifier({ ...options, cacheEntries: 1 })
    const runners = AT_ONCE.map((atOnce) => concurrentRunner(atOnce, freshValues(values), verifier))
    const timings = (await interleave(runners, ROUNDS)).map(forEachOne)
    publish({
      title: 'A verify that misses the cache, by the number of requests at once, with tokens in SQLite',
      note: roundsNote('× = one request at once'),
      rows: timings.map((timing) => ({ 'requests at once': Number(timing.name), ...figures(timing) })),
      plot: {
        kind: 'lines',
        file: 'growth-concurrency',
        unit: 'microseconds of processor time for each request, median',
        size: 'requests at once',
        scale: 'log',
        lines: [{ label: 'verify', points: timings.map(({ name, times }) => [Number(name), middle(times)] as const) }],
      },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of a timing of so many at once as its name says: that of one of them. */
function forEachOne({ name, times, ratios }: Timing): Timing {
  const one = (value: number) => value / Number(name)
  return { name, times: times.map(one), ratios: ratios.map(one) }
}

/** Does `atOnce` requests for each one that is counted. */
function concurrentRunner<R extends TokenRecord>(atOnce: number, next: () => string, verifier: Verifier<R>): Runner {
  return runnerOf(String(atOnce), () =>
    Promise.all(Array.from({ length: atOnce }, () => verifier.verify(next(), headerReader))),
  )
}

const headerReader: RequestReader<string> = {
  header: (value) => value,
  peer: () => PEER,
  context: () => ({ id: null, method: 'GET', path: '/files', route: '/files', userAgent: null }),
}

async function measureAuditModes(): Promise<void> {
  const sink: AuditSink = { write: async () => {} }
  const modes: Readonly<Record<string, VerifierOptions<TokenRecord>['audit']>> = {
    none: undefined,
    callback: () => {},
    background: { mode: 'background', sink, capacity: 1_000_000 },
    required: { mode: 'required', sink },
  }
  const runners: Runner[] = []
  for (const [mode, audit] of Object.entries(modes))
    runners.push(verifying(mode, await serving(1_000, audit === undefined ? {} : { audit })))
  const timings = await interleave(runners, ROUNDS)
  publish({
    title: 'A cached verify by the mode of audit, with a sink that does nothing',
    note: `${roundsNote('× = without audit')} One request at a time: requests at once share a write of the sink.`,
    rows: timings.map((timing) => ({ audit: timing.name, ...figures(timing) })),
    plot: {
      kind: 'bars',
      file: 'growth-audit',
      unit: 'microseconds of processor time, median',
      scale: 'linear',
      bars: timings.map(({ name, times }) => ({ label: name, value: middle(times), isOurs: true })),
    },
  })
}

for (const series of SERIES) await measureSeries(series)
await measureConcurrency()
await measureAuditModes()

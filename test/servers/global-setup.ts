import type { TestProject } from 'vitest/node'
import { binary } from './binary.ts'
import { findChromium } from './chromium.ts'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { type RuntimeName, runtimeBinary } from './runtime-binary.ts'
import { openRunFolder } from './temporary.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URLs of the servers of this run; `null` for one that could not be had. */
    readonly servers: {
      readonly postgres: string | null
      readonly mariadb: string | null
      readonly redis: string | null
    }
    /** Where programs on the PATH are; `null` for one that could not be had. Tests start them, each with what they try. */
    readonly programs: Readonly<Record<Program, string | null>>
    /** Where a Chromium is; `null` where it could not be had. */
    readonly chromium: string | null
    /** Where the runtimes other than Node are; `null` for one that could not be had. */
    readonly runtimes: Readonly<Record<RuntimeName, string | null>>
  }
}

/** Programs on the PATH, and the packages of Debian that have them. */
const PROGRAMS = {
  nginx: 'nginx',
  caddy: 'caddy',
  pgbouncer: 'pgbouncer',
  'nats-server': 'nats-server',
  'systemd-analyze': 'systemd',
} as const

type Program = keyof typeof PROGRAMS

const PROGRAM_NAMES = Object.keys(PROGRAMS) as readonly Program[]

/** What to do about a server that cannot be had. */
const ADVICE = {
  PostgreSQL: 'set PATKIT_TEST_POSTGRES_URL to use another',
  MariaDB: 'install mariadb-server, or set PATKIT_TEST_MYSQL_URL to use another',
  Redis: 'install redis-server, or set PATKIT_TEST_REDIS_URL to use another',
  Chromium: 'set PATKIT_TEST_CHROMIUM to use another',
  Bun: 'install optional dependencies',
  Deno: 'install optional dependencies',
  workerd: 'install optional dependencies',
} as const

/** Starts the servers of a run. One that cannot be had is named, its tests are skipped, and CI fails. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const removeFolder = await openRunFolder()
  const [postgres, mariadb, redis, chromium, bun, deno, workerd, ...programs] = await Promise.all([
    had('PostgreSQL', startPostgres),
    had('MariaDB', startMariadb),
    had('Redis', startRedis),
    had('Chromium', findChromium),
    had('Bun', () => runtimeBinary('Bun')),
    had('Deno', () => runtimeBinary('Deno')),
    had('workerd', () => runtimeBinary('workerd')),
    ...PROGRAM_NAMES.map((name) => attempt(name, async () => binary(name), `install ${PROGRAMS[name]}`)),
  ])
  const close = async () => {
    await Promise.all([postgres.found?.stop(), mariadb.found?.stop(), redis.found?.stop()])
    await removeFolder()
  }
  const attempts = [postgres, mariadb, redis, chromium, bun, deno, workerd, ...programs]
  const problems = attempts.flatMap(({ problem }) => problem ?? [])
  if (process.env.CI === 'true' && problems.length > 0) {
    await close()
    throw new Error(problems.join('; '))
  }
  for (const problem of problems) console.error(`skipped: tests on ${problem}`)
  const found = PROGRAM_NAMES.map((name, index) => [name, programs[index]?.found ?? null] as const)
  provide('programs', Object.fromEntries(found) as Record<Program, string | null>)
  provide('chromium', chromium.found)
  provide('runtimes', { Bun: bun.found, Deno: deno.found, workerd: workerd.found })
  const urlOf = ({ found }: { readonly found: { readonly url: string } | null }) => found?.url ?? null
  provide('servers', { postgres: urlOf(postgres), mariadb: urlOf(mariadb), redis: urlOf(redis) })
  return close
}

interface Attempt<T> {
  readonly found: T | null
  /** In one line. */
  readonly problem: string | null
}

function had<T>(name: keyof typeof ADVICE, start: () => Promise<T>): Promise<Attempt<T>> {
  return attempt(name, start, ADVICE[name])
}

async function attempt<T>(name: string, start: () => Promise<T>, advice: string): Promise<Attempt<T>> {
  try {
    return { found: await start(), problem: null }
  } catch (cause) {
    return { found: null, problem: `${name}: ${(cause as Error).message}; ${advice}` }
  }
}

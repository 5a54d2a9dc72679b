import type { TestProject } from 'vitest/node'
import { binary } from './binary.ts'
import { findChromium } from './chromium.ts'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URLs of the servers of this run; `null` for one that could not be had. */
    readonly servers: { readonly postgres: string | null; readonly mariadb: string | null }
    /** Where nginx is; `null` where it could not be had. Tests start it, each with what they try. */
    readonly nginx: string | null
    /** Where PgBouncer is; `null` where it could not be had. Tests start it. */
    readonly pgbouncer: string | null
    /** Where a Chromium is; `null` where it could not be had. */
    readonly chromium: string | null
  }
}

/** Starts the servers of a run. One that cannot be had is named, its tests are skipped, and CI fails. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, mariadb, nginx, pgbouncer, chromium] = await Promise.all([
    had('PostgreSQL', startPostgres),
    had('MariaDB', startMariadb),
    had('nginx', async () => binary('nginx')),
    had('PgBouncer', async () => binary('pgbouncer')),
    had('Chromium', findChromium),
  ])
  provide('nginx', nginx)
  provide('pgbouncer', pgbouncer)
  provide('chromium', chromium)
  provide('servers', { postgres: postgres?.url ?? null, mariadb: mariadb?.url ?? null })
  return async () => {
    await Promise.all([postgres?.stop(), mariadb?.stop()])
  }
}

async function had<T>(name: string, start: () => Promise<T>): Promise<T | null> {
  try {
    return await start()
  } catch (cause) {
    if (process.env.CI === 'true') throw cause
    console.error(`skipped: tests on ${name}: ${(cause as Error).message}`)
    return null
  }
}

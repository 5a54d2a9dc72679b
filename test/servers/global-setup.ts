import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import type { TestServer } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URLs of the servers of this run; `null` for one that could not be had. */
    readonly servers: { readonly postgres: string | null; readonly mariadb: string | null }
  }
}

/** Starts the servers of a run. One that cannot be had is named, its tests are skipped, and CI fails. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, mariadb] = await Promise.all([had('PostgreSQL', startPostgres), had('MariaDB', startMariadb)])
  provide('servers', { postgres: postgres?.url ?? null, mariadb: mariadb?.url ?? null })
  return async () => {
    await Promise.all([postgres?.stop(), mariadb?.stop()])
  }
}

async function had(name: string, start: () => Promise<TestServer>): Promise<TestServer | null> {
  try {
    return await start()
  } catch (cause) {
    if (process.env.CI === 'true') throw cause
    console.error(`skipped: tests on ${name}: ${(cause as Error).message}`)
    return null
  }
}

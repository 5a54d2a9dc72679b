import type { FetchHandler } from '@patkit/api'
import { within } from '@patkit/core/adapter'
import type { SqlStore } from '@patkit/sql'
import { answer, problem, unavailable } from '../sign-in/answer.ts'

/** How long the database may take. */
const READY_MS = 2_000

/**
 * `/healthz`: the process answers. `/readyz`: the database answers and its tables are current, and the process is not
 * stopping; 503 otherwise.
 */
export function createHealth(store: Pick<SqlStore, 'inspect'>, isStopping: () => boolean): FetchHandler {
  return {
    async handle({ url, method }) {
      const { pathname } = new URL(url)
      if (pathname !== '/healthz' && pathname !== '/readyz') return null
      if (method !== 'GET' && method !== 'HEAD') return answer(405, null, null, [['Allow', 'GET, HEAD']])
      const isFit = pathname === '/healthz' || (!isStopping() && (await isReady(store)))
      if (!isFit) return problem(unavailable(undefined))
      return answer(200, 'application/json', method === 'HEAD' ? null : '{"status":"ok"}')
    },
  }
}

async function isReady(store: Pick<SqlStore, 'inspect'>): Promise<boolean> {
  try {
    const { pendingMigrations } = await within(
      READY_MS,
      () => store.inspect(),
      () => new Error(`no answer within ${READY_MS} ms`),
    )
    return pendingMigrations.length === 0
  } catch {
    return false
  }
}

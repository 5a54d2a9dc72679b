import type { InvalidationChannel } from '@patkit/core'
import { channelWithBackstop } from '@patkit/core/adapter'
import { pollingChannel, postgresChannel, type SqlStore } from '@patkit/sql'
import type { DatabaseUrl } from './url.ts'

const CONNECT_MS = 5_000

/**
 * The channel between the nodes on a database: LISTEN with polling behind it on PostgreSQL, polling on the others. A
 * change by any program on the database, the command line included, reaches every node.
 *
 * @example
 * ```ts
 * import { openChannel, openStore, parseDatabaseUrl } from 'patkit/database'
 *
 * const url = parseDatabaseUrl('sqlite:tokens.db', 'the URL', { env: process.env, cwd: process.cwd() })
 * const channel = await openChannel(url, await openStore(url, true), console.error)
 * ```
 *
 * @param onError called when a connection is lost or a read fails; both are tried again
 * @param clock the clock of the verifiers, in epoch milliseconds; default `Date.now`
 */
export async function openChannel(
  url: DatabaseUrl,
  store: SqlStore,
  onError: (cause: unknown) => void,
  clock: () => number = Date.now,
): Promise<InvalidationChannel> {
  const complete = pollingChannel({ store, onError, clock })
  if (url.engine !== 'postgres') return complete
  return channelWithBackstop({ fast: await openListenChannel(url, store, onError, clock), complete, onError })
}

/** The channel over LISTEN alone. */
async function openListenChannel(
  { connection: connectionString, driver }: DatabaseUrl,
  store: SqlStore,
  onError: (cause: unknown) => void,
  clock: () => number,
): Promise<InvalidationChannel> {
  const { default: pg } = await import('pg')
  const options = { connectionString, connectionTimeoutMillis: CONNECT_MS, application_name: 'patkit', ...driver }
  return postgresChannel({ store, onError, clock, client: () => new pg.Client(options) })
}

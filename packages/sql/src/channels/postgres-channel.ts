import { randomUUID } from 'node:crypto'
import type { InvalidationChannel } from '@patkit/core'
import {
  type ChannelConnection,
  type ChannelTransport,
  type ConnectionListener,
  createConnectedChannel,
  refuseUnknownOptions,
  wholeNumber,
  wrongOption,
} from '@patkit/core/adapter'
import type { InvalidationLog } from '../invalidation-log.ts'
import { logOf, type PollingChannelOptions, standby } from './polling-channel.ts'

/** A connection of node-postgres, as far as the channel uses it. */
export interface ListenClient {
  connect(): Promise<unknown>
  query(statement: string): Promise<{ readonly rows: readonly unknown[] }>
  on(event: 'error' | 'end' | 'notification', listener: (event: never) => void): unknown
  end(): Promise<unknown>
  /** Lets the process end although the client is connected. */
  unref?(): unknown
  /** For a socket that no longer answers, which `end` would wait for. */
  readonly connection?: { readonly stream?: { destroy?(): unknown } }
}

export interface PostgresChannelOptions extends Pick<PollingChannelOptions, 'store' | 'onError' | 'clock'> {
  /**
   * Makes a client for LISTEN, on a direct connection to the primary: `() => new pg.Client({ connectionString })`. Called
   * for each connection, so that a password may change.
   */
  readonly client: () => ListenClient
  /** How often a ping is sent, in milliseconds. Default 2000. */
  readonly pingMs?: number
  /** How long the connection may go without an echo before it is replaced, in milliseconds. Default 6000. */
  readonly silenceMs?: number
}

interface Notification {
  readonly channel: string
  readonly payload?: string
}

const LONGEST_MS = 60_000

/**
 * A channel over LISTEN and NOTIFY of PostgreSQL. The store sends the notification of each change in the transaction of the
 * change. A node is up to date as of the last ping that went through the pool of the store and came back over the
 * connection that listens.
 *
 * Subscribing fails with a `PatError`: `ERR_PAT_CHANNEL_SILENT` where no ping comes back, as behind a pooler in
 * transaction mode, and `ERR_PAT_CHANNEL_STANDBY` on a standby.
 *
 * @example
 * ```ts
 * import { tokenFormat } from '@patkit/core'
 * import { postgresChannel, sqlStore } from '@patkit/sql'
 * import { createTokenService } from '@patkit/tokens'
 * import { PostgresDialect } from 'kysely'
 * import pg from 'pg'
 *
 * const connectionString = process.env.DATABASE_URL
 * const store = sqlStore({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString }) }) })
 * const channel = postgresChannel({ store, client: () => new pg.Client({ connectionString }) })
 * const tokens = createTokenService({ store, channel, format: tokenFormat({ prefix: 'acme_pat' }) })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function postgresChannel(options: PostgresChannelOptions): InvalidationChannel {
  const { store, client, pingMs = 2_000, silenceMs = 6_000, onError, clock = Date.now, ...unknown } = options
  refuseUnknownOptions(unknown)
  const log = logOf(store)
  if (log.notifications === null) {
    throw wrongOption('store', 'must be on PostgreSQL and send notifications: use pollingChannel')
  }
  if (typeof client !== 'function') throw wrongOption('client', 'must be a function that makes a client of pg')
  return createConnectedChannel({
    transport: postgresTransport(log, log.notifications, client),
    pingMs: wholeNumber('pingMs', pingMs, LONGEST_MS),
    silenceMs: wholeNumber('silenceMs', silenceMs, LONGEST_MS),
    transactional: true,
    silent: SILENT,
    onError: onError ?? ((cause) => process.emitWarning(cause as Error)),
    clock,
  })
}

const SILENT =
  'LISTEN receives no notification of the pool of the store. A pooler in transaction mode is a cause: give ' +
  'postgresChannel a direct connection to the same database, or use pollingChannel'

function postgresTransport(
  log: InvalidationLog,
  notifications: string,
  client: PostgresChannelOptions['client'],
): ChannelTransport {
  return {
    connect: (listener) => listen(log, notifications, client(), listener),
    // With a row in the log, for nodes that poll it.
    send: (text) => log.append(JSON.parse(text)),
  }
}

async function listen(
  log: InvalidationLog,
  notifications: string,
  client: ListenClient,
  { message, echo, lost }: ConnectionListener,
): Promise<ChannelConnection> {
  const echoes = `patkit_echo_${randomUUID().replaceAll('-', '')}`
  client.on('error', lost)
  client.on('end', () => lost(new Error('the connection that listens has ended')))
  client.on('notification', ({ channel, payload = '' }: Notification) => {
    if (channel === echoes) echo(payload)
    if (channel === notifications) message(payload)
  })
  try {
    await client.connect()
    const { rows } = await client.query('select pg_is_in_recovery() as standby')
    if ((rows[0] as { readonly standby?: unknown } | undefined)?.standby === true) throw standby('postgresChannel')
    await client.query(`listen "${notifications}"`)
    await client.query(`listen "${echoes}"`)
    client.unref?.()
  } catch (cause) {
    dropped(client)
    throw cause
  }
  return { ping: (id) => log.notify(echoes, id), close: () => dropped(client) }
}

function dropped(client: ListenClient): void {
  client.end().catch(() => {})
  client.connection?.stream?.destroy?.()
}

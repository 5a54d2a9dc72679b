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
import type { Redis } from 'ioredis'

export interface RedisChannelOptions {
  /** The client that publishes. The channel does not close it. */
  readonly client: Redis
  /**
   * Makes the client that subscribes, for each connection anew. Default `client.duplicate()`. It must not connect before it
   * is asked to, and the channel closes it.
   */
  readonly subscriber?: () => Redis
  /** The name of the channel in Redis. Each API on one Redis needs its own. Default `patkit:invalidation`. */
  readonly name?: string
  /** How often a ping is sent, in milliseconds. Default 2000. */
  readonly pingMs?: number
  /** How long a connection may go without an echo before it is replaced, in milliseconds. Default 6000. */
  readonly silenceMs?: number
  /** Called with every connection that was lost. Default: a process warning. */
  readonly onError?: (cause: unknown) => void
  /** The clock of the verifiers, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

const LONGEST_MS = 60_000

/**
 * A channel over Redis pub/sub. A change is published after its commit: `publish` rejects where Redis does not take the
 * message, and other nodes then learn of the change when their cache entries end. With `channelWithBackstop` and
 * `pollingChannel`, they learn of it from the database.
 *
 * A node is up to date as of the last ping that `client` published and the subscriber received.
 *
 * @example
 * ```ts
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { redisChannel } from '@patkit/redis'
 * import { Redis } from 'ioredis'
 *
 * const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1', { lazyConnect: true })
 * const channel = redisChannel({ client })
 * const verifier = createVerifier({ format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => null, channel })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function redisChannel(options: RedisChannelOptions): InvalidationChannel {
  const { client, subscriber, name = 'patkit:invalidation', pingMs = 2_000, silenceMs = 6_000, ...rest } = options
  const { onError, clock = Date.now, ...unknown } = rest
  refuseUnknownOptions(unknown)
  if (typeof client?.publish !== 'function') throw wrongOption('client', 'must be a client of ioredis')
  if (subscriber !== undefined && typeof subscriber !== 'function') {
    throw wrongOption('subscriber', 'must be a function that makes a client of ioredis')
  }
  if (typeof name !== 'string' || name === '') throw wrongOption('name', 'must be a non-empty string')
  return createConnectedChannel({
    transport: redisTransport(client, subscriber ?? (() => client.duplicate({ lazyConnect: true })), name),
    pingMs: wholeNumber('pingMs', pingMs, LONGEST_MS),
    silenceMs: wholeNumber('silenceMs', silenceMs, LONGEST_MS),
    transactional: false,
    silent: SILENT,
    onError: onError ?? ((cause) => process.emitWarning(cause as Error)),
    clock,
  })
}

const SILENT =
  'the subscriber receives nothing that "client" publishes. Both must be connected to the same Redis, and may use the channel'

function redisTransport(client: Redis, subscriber: () => Redis, name: string): ChannelTransport {
  return {
    connect: (listener) => subscribed(client, subscriber(), name, listener),
    send: (text) => client.publish(name, text),
  }
}

/**
 * A subscriber of one connection. It does not reconnect by itself: a client that does may keep quiet about it, or give
 * up after some attempts, or restore no subscription.
 */
async function subscribed(
  client: Redis,
  subscriber: Redis,
  name: string,
  { message, echo, lost }: ConnectionListener,
): Promise<ChannelConnection> {
  const echoes = `${name}:echo:${randomUUID()}`
  const dropped = () => lost(new Error('the connection that subscribes has ended'))
  subscriber.options.retryStrategy = () => null
  subscriber.options.sentinelRetryStrategy = () => null
  subscriber.on('error', () => {})
  subscriber.on('close', dropped)
  subscriber.on('message', (channel: string, text: string) => {
    if (channel === echoes) echo(text)
    if (channel === name) message(text)
  })
  try {
    if (subscriber.status === 'wait') await subscriber.connect()
    await subscriber.subscribe(name, echoes)
    // A subscription alone does not keep the process alive.
    ;(subscriber.stream as { unref?(): unknown } | undefined)?.unref?.()
  } catch (cause) {
    subscriber.disconnect()
    throw cause
  }
  return { ping: (id) => client.publish(echoes, id), close: () => subscriber.disconnect() }
}

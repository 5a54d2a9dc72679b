import type { InvalidationChannel } from '@patkit/core'
import type { RedisPlace } from '../config/redis.ts'

/** A channel over Redis, and what ends its connections. */
export interface OpenRedis {
  readonly channel: InvalidationChannel
  close(): void
}

const CONNECT_MS = 5_000

/**
 * Opens the channel over Redis. Connects with the first message.
 *
 * @param stays whether a connection that was lost is opened again: not for a command, which reports it and ends
 */
export async function openRedis(
  { connection, channel: name }: RedisPlace,
  stays: boolean,
  onError: (cause: unknown) => void,
  clock: () => number,
): Promise<OpenRedis> {
  const [{ redisChannel }, { Redis }] = await Promise.all([import('@patkit/redis'), import('ioredis')])
  const client = new Redis(connection, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    ...(!stays && { retryStrategy: () => null, maxRetriesPerRequest: 0 }),
  })
  // Each message that is not taken is reported by its own rejection.
  client.on('error', () => {})
  return {
    channel: redisChannel({ client, onError, clock, ...(name !== null && { name }) }),
    close: () => client.disconnect(),
  }
}

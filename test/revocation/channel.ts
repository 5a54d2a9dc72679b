import type { InvalidationChannel } from '@patkit/core'
import { redisChannel } from '@patkit/redis'
import { pollingChannel, postgresChannel, type SqlStore } from '@patkit/sql'
import { Redis } from 'ioredis'
import pg from 'pg'

export type ChannelName = 'listen' | 'redis' | 'polling'
export const CHANNELS: readonly ChannelName[] = ['listen', 'redis', 'polling']

export interface ChannelPlace {
  readonly channel: ChannelName
  /** The URLs of the servers that the channel connects to. */
  readonly listenOn: string
  readonly redis: string
}

const onError = () => {}

/** A channel with the defaults of applications, and what closes its client. */
export function channelOf(
  { channel, listenOn, redis }: ChannelPlace,
  store: SqlStore,
): { readonly channel: InvalidationChannel; close(): void } {
  if (channel === 'polling') return { channel: pollingChannel({ store, onError }), close() {} }
  if (channel === 'listen') {
    return { channel: postgresChannel({ store, onError, client: () => new pg.Client(listenOn) }), close() {} }
  }
  const client = new Redis(redis, { retryStrategy: () => 200 })
  client.on('error', onError)
  return { channel: redisChannel({ client, onError }), close: () => client.disconnect() }
}

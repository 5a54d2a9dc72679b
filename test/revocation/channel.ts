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

/** A channel with the defaults of applications. */
export function channelOf({ channel, listenOn, redis }: ChannelPlace, store: SqlStore): InvalidationChannel {
  if (channel === 'polling') return pollingChannel({ store, onError })
  if (channel === 'listen') return postgresChannel({ store, onError, client: () => new pg.Client(listenOn) })
  const client = new Redis(redis, { retryStrategy: () => 200 })
  client.on('error', onError)
  return redisChannel({ client, onError })
}

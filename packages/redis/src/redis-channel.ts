import { randomInt, randomUUID } from 'node:crypto'
import type { InvalidationChannel } from '@patkit/core'
import {
  type ChannelConnection,
  type ChannelTransport,
  type ConnectionListener,
  createConnectedChannel,
  refuseUnknownOptions,
  wholeNumber,
  within,
  wrongOption,
} from '@patkit/core/adapter'
import type { Cluster, Redis } from 'ioredis'

export interface RedisChannelOptions {
  /** The client that publishes: of one server, of Sentinel, or of a cluster. The channel does not close it. */
  readonly client: Redis | Cluster
  /**
   * Makes the client that subscribes, for each connection anew. Default `client.duplicate()`, and for a cluster a client of
   * one of its masters. It must not connect before it is asked to, and the channel closes it. Not a `Cluster`, which moves
   * its subscription without a word.
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
 * A node is up to date as of the last ping that `client` published and the subscriber received. In a cluster, messages and
 * pings go through most masters.
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
  wholeNumber('silenceMs', silenceMs, LONGEST_MS)
  return createConnectedChannel({
    transport: redisTransport(client, subscriber ?? (() => ownSubscriber(client)), name, silenceMs),
    pingMs: wholeNumber('pingMs', pingMs, LONGEST_MS),
    silenceMs,
    transactional: false,
    silent: SILENT,
    onError: onError ?? ((cause) => process.emitWarning(cause as Error)),
    clock,
  })
}

const SILENT =
  'the subscriber receives nothing that "client" publishes. Both must be connected to the same Redis, and may use the channel'

const IN_CLUSTER =
  'the server is a node of a cluster, where a node that was removed goes unnoticed: "client" must be a Cluster of ioredis'

function redisTransport(
  client: Redis | Cluster,
  subscriber: () => Redis,
  name: string,
  silenceMs: number,
): ChannelTransport {
  return {
    async connect(listener) {
      // A connection that was given up in the meantime would still be made, with all others of an outage.
      await within(silenceMs, () => ready(client), notReady)
      return subscribed(client, subscriber(), name, listener)
    },
    async send(text) {
      await ready(client)
      await publish(client, name, text)
    },
  }
}

/** The client of a cluster knows its masters once it is ready, and keeps commands until then. */
async function ready(client: Redis | Cluster): Promise<void> {
  if (isCluster(client) && client.status !== 'ready') await client.ping()
}

function notReady(): Error {
  return new Error('the cluster is not available')
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster
}

/** @throws Error where no master of a cluster is connected */
function ownSubscriber(client: Redis | Cluster): Redis {
  const nodes = connectedNodes(client)
  if (nodes.length === 0) throw new Error('no master of the cluster is connected')
  return (nodes[randomInt(nodes.length)] as Redis).duplicate({ lazyConnect: true })
}

function connectedNodes(client: Redis | Cluster): readonly Redis[] {
  return isCluster(client) ? client.nodes('master') : [client]
}

/** Of a cluster, of all masters that have slots: a client forgets those that it is not connected to. */
function majority(client: Redis | Cluster): number {
  if (!isCluster(client)) return 1
  const owners = new Set(client.slots.map(([master]) => master))
  return Math.floor(owners.size / 2) + 1
}

/**
 * Publishes through all masters of a cluster, and resolves when most of them have taken the text. A node that was removed
 * still takes messages, which only its own subscribers receive. Two majorities have a node in common, so a subscriber that
 * receives from most masters misses nothing that most masters took.
 */
function publish(client: Redis | Cluster, channel: string, text: string): Promise<void> {
  const nodes = connectedNodes(client)
  let missing = majority(client)
  let spare = nodes.length - missing
  return new Promise((resolve, reject) => {
    if (spare < 0) reject(new Error(`${nodes.length} masters of the cluster are connected, and ${missing} are needed`))
    const took = () => {
      if (--missing === 0) resolve()
    }
    const refused = (cause: unknown) => {
      if (--spare < 0) reject(cause)
    }
    for (const node of nodes) node.publish(channel, text).then(took, refused)
  })
}

/**
 * A subscriber of one connection. It does not reconnect by itself: a client that does may keep quiet about it, or give
 * up after some attempts, or restore no subscription.
 */
async function subscribed(
  client: Redis | Cluster,
  subscriber: Redis,
  name: string,
  { message, echo, lost }: ConnectionListener,
): Promise<ChannelConnection> {
  const pings = createPings(client, `${name}:echo:${randomUUID()}`)
  const dropped = () => lost(new Error('the connection that subscribes has ended'))
  subscriber.options.retryStrategy = () => null
  subscriber.options.sentinelRetryStrategy = () => null
  subscriber.on('error', () => {})
  subscriber.on('close', dropped)
  subscriber.on('message', (channel: string, text: string) => {
    if (channel === pings.channel) pings.received(text, echo)
    if (channel === name) message(text)
  })
  try {
    if (isCluster(subscriber)) throw wrongOption('subscriber', 'must make a client of one server')
    if (subscriber.status === 'wait') await subscriber.connect()
    if (!isCluster(client) && (await isClusterNode(subscriber))) throw new Error(IN_CLUSTER)
    await subscriber.subscribe(name, pings.channel)
    // A subscription alone does not keep the process alive.
    ;(subscriber.stream as { unref?(): unknown } | undefined)?.unref?.()
  } catch (cause) {
    subscriber.disconnect()
    throw cause
  }
  return { ping: pings.send, close: () => subscriber.disconnect() }
}

/** A user without the right to ask is taken for one of a server without a cluster. */
async function isClusterNode(subscriber: Redis): Promise<boolean> {
  const info = await subscriber.info('cluster').catch(() => '')
  return info.includes('cluster_enabled:1')
}

/** Pings of one connection. A ping has come back when it has through most masters. */
function createPings(client: Redis | Cluster, channel: string) {
  const awaited = new Map<string, number>()
  return {
    channel,
    async send(id: string): Promise<void> {
      awaited.set(id, majority(client))
      await publish(client, channel, id)
    },
    received(id: string, echo: (id: string) => void): void {
      const left = (awaited.get(id) ?? 0) - 1
      if (left > 0) awaited.set(id, left)
      else awaited.delete(id)
      if (left === 0) echo(id)
    },
  }
}

import { createVerifier, type InvalidationChannel, type Verifier } from '@patkit/core'
import { channelWithBackstop, nextTurn } from '@patkit/core/adapter'
import { redisChannel } from '@patkit/redis'
import { pollingChannel, type SqlStore } from '@patkit/sql'
import type { StoredRecord } from '@patkit/tokens'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { bearing, reader } from '../../packages/core/test/api.ts'
import { ownRedis, redisCluster, redisFailover } from '../servers/redis.ts'
import { type Relay, startRelay } from '../servers/relay.ts'
import { openSqlite } from '../servers/test-database.ts'
import { waitUntil } from '../servers/wait-until.ts'
import { hurryingClock } from './clock.ts'
import { hasHeardOf, record } from './recorder.ts'
import { ACTOR, type Node, OWNER, openNode } from './tokens-on.ts'

const server = inject('servers').redis
/** For what arrives: a busy machine is silent for longer than a test of silence can wait. */
const PATIENT = { pingMs: 20, silenceMs: 60_000, onError: () => {} }
const QUICK = { ...PATIENT, silenceMs: 500 }
/** Where a ping may be lost, and the next connection brings one: the first ping may be late. */
const SLOWER = { ...PATIENT, silenceMs: 3_000 }
/** Both major versions. Their types differ in commands that the channel does not use. */
const CLIENTS = [
  {
    version: 'ioredis 5',
    Client: Redis5 as unknown as typeof Redis,
    ClusterClient: Cluster5 as unknown as typeof Cluster,
  },
  { version: 'ioredis 6', Client: Redis, ClusterClient: Cluster },
]
let names = 0

describe.skipIf(server === null).each(CLIENTS)('a message with $version', ({ Client }) => {
  let client: Redis
  let name: string
  beforeEach(() => {
    client = new Client(server as string)
    client.on('error', () => {})
    names++
    name = `test:${process.pid}:${names}`
  })
  afterEach(() => client.disconnect())
  const channelTo = (url: string, options: object = {}) =>
    redisChannel({ client, name, subscriber: () => new Client(url, named()), ...PATIENT, ...options })

  const named = () => ({ lazyConnect: true, connectionName: name })
  /** The server drops the subscribers of this test: it has those of other tests as well. */
  async function dropSubscribers(): Promise<void> {
    const lines = String(await client.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n')
    for (const line of lines.filter((line) => line.includes(` name=${name} `))) {
      await client.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] as string)
    }
  }

  test('reaches every subscriber, those of its own process before the publication ends', async () => {
    const channel = redisChannel({ client, name, ...PATIENT })
    await using near = await record(channel)
    await using remote = await record(channelTo(server as string))
    const published = channel.publish({ kind: 'token', id: 'one', minVersion: 3 })
    expect(near.messages).toEqual([{ kind: 'token', id: 'one', minVersion: 3 }])
    await published
    await remote.until(hasHeardOf('one'))
    expect(remote.messages).toEqual([{ kind: 'token', id: 'one', minVersion: 3 }])
  })

  test('stays within the channel of its name', async () => {
    await using recorder = await record(channelTo(server as string))
    await redisChannel({ client, name: `${name}:other`, ...QUICK }).publish({ kind: 'all' })
    await recorder.nextCatchUp()
    expect(recorder.messages).toEqual([])
  })

  test('that is no invalidation is passed on, for the verifier to refuse', async () => {
    await using recorder = await record(channelTo(server as string))
    await client.publish(name, 'not json')
    await recorder.until(({ messages }) => messages.length > 0)
    expect(recorder.messages).toEqual(['not json'])
  })

  test('a subscriber that the server drops is a gap, and comes back', async () => {
    await using recorder = await record(channelTo(server as string))
    for (let gaps = 1; gaps <= 3; gaps++) {
      await dropSubscribers()
      await recorder.until((seen) => seen.gaps === gaps)
      await recorder.nextCatchUp()
    }
    await client.publish(name, JSON.stringify({ kind: 'token', id: 'later', minVersion: null }))
    await recorder.until(hasHeardOf('later'))
  })

  test('a subscriber with options against reconnecting comes back', async () => {
    const subscriber = () =>
      new Client(server as string, {
        ...{ ...named(), enableOfflineQueue: false, autoResubscribe: false, maxRetriesPerRequest: 0 },
        retryStrategy: () => 3_600_000,
      })
    await using recorder = await record(redisChannel({ client, name, subscriber, ...PATIENT }))
    await dropSubscribers()
    await recorder.until((seen) => seen.gaps === 1)
    await recorder.nextCatchUp()
    await client.publish(name, JSON.stringify({ kind: 'token', id: 'later', minVersion: null }))
    await recorder.until(hasHeardOf('later'))
  })

  test.each(['both', 'to client'] as const)('a socket that swallows bytes (%s) is noticed', async (direction) => {
    const relay = await startRelay(server as string)
    const clock = hurryingClock()
    const channel = channelTo(relay.urlOf(server as string), { clock: clock.now })
    const recorder = await record(channel)
    relay.swallow(direction)
    clock.hurry()
    await recorder.until(({ gaps }) => gaps === 1)
    expect(channel.health).toMatchObject({ connected: false })
    clock.relax()
    relay.pass()
    await recorder.nextCatchUp()
    await client.publish(name, JSON.stringify({ kind: 'token', id: 'later', minVersion: null }))
    await recorder.until(hasHeardOf('later'))
    await recorder[Symbol.asyncDispose]()
    await relay.close()
  })

  test('that Redis does not take is reported by the verb, whose change stands', async () => {
    const database = await openSqlite()
    const causes: unknown[] = []
    const cut = new Client({ port: 1, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: () => null })
    cut.on('error', () => {})
    const node = await openNode(database, {
      channel: () => redisChannel({ client: cut, name, ...QUICK }),
      onError: (cause) => causes.push(cause),
    })
    const [id = ''] = await node.create(1)
    causes.length = 0
    await node.tokens.revoke(ACTOR, OWNER, id)
    expect((await node.tokens.get(OWNER, id)).status).toBe('revoked')
    expect(causes).toEqual([expect.any(Error)])
    await node[Symbol.asyncDispose]()
    await database.drop()
  })

  test('that is cut off between commit and publication is reported, and brought by the backstop', async () => {
    const database = await openSqlite()
    const relay = await startRelay(server as string)
    const causes: unknown[] = []
    const onError = (cause: unknown) => causes.push(cause)
    const cut = new Client(relay.urlOf(server as string), { maxRetriesPerRequest: 0, retryStrategy: () => null })
    cut.on('error', () => {})
    const complete = (store: SqlStore) => pollingChannel({ store, intervalMs: 20 })
    const here = await openNode(database, {
      onError,
      channel: (store) =>
        channelWithBackstop({
          fast: closedFirst(relay, redisChannel({ client: cut, name, ...QUICK })),
          complete: complete(store),
          onError,
        }),
    })
    const other = await openNode(database)
    const [id = ''] = await other.create(1)
    await using recorder = await record(
      channelWithBackstop({ fast: channelTo(server as string), complete: complete(other.store), onError }),
    )
    await here.tokens.revoke(ACTOR, OWNER, id)
    expect(causes).toEqual([expect.any(Error)])
    await recorder.until(hasHeardOf(id))
    await other[Symbol.asyncDispose]()
    await here[Symbol.asyncDispose]()
    await database.drop()
  })

  test('subscribing fails at another server than the one that publishes', async () => {
    const other = await ownRedis()
    await expect(record(channelTo(other.url, QUICK))).rejects.toMatchObject({ code: 'ERR_PAT_CHANNEL_SILENT' })
    await other.stop()
  })

  test('a server that is killed is replaced by its replica, and no revocation is missed', async () => {
    const { client: options, primary, stop } = await redisFailover()
    const publisher = new Client({ ...options, maxRetriesPerRequest: 0, retryStrategy: () => 50 })
    publisher.on('error', () => {})
    const database = await openSqlite()
    const channel = () => redisChannel({ client: publisher, name, ...SLOWER })
    const here = await openNode(database, { channel, onError: () => {} })
    const other = await openNode(database, { channel })
    const verifier = verifierOf(other)
    await here.create(0)
    const isCached = () => verifier.health.mode === 'cached'
    const first = await usedToken(here, verifier)
    const second = await usedToken(here, verifier)

    await primary.kill()
    await waitUntil(() => !isCached())
    await here.tokens.revoke(ACTOR, OWNER, first.id)
    expect(await first.outcome()).toBe('revoked')
    await waitUntil(async () => {
      expect(await second.outcome()).toBe('allowed')
      return isCached()
    })
    expect(await first.outcome()).toBe('revoked')
    await here.tokens.revoke(ACTOR, OWNER, second.id)
    await waitUntil(async () => (await second.outcome()) !== 'allowed')

    await verifier.close()
    await here[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    publisher.disconnect()
    await database.drop()
    await stop()
  })

  test('a subscriber that reaches no Sentinel gives up', async () => {
    const subscriber = () =>
      new Client({ lazyConnect: true, sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'gone' })
    const channel = redisChannel({ client, name, subscriber, ...PATIENT })
    await expect(record(channel)).rejects.toThrow('All sentinels are unreachable')
  })

  test('a server that was restarted is found again', async () => {
    const own = await ownRedis()
    const publisher = new Client(own.url, { retryStrategy: () => 50 })
    publisher.on('error', () => {})
    await using recorder = await record(redisChannel({ client: publisher, name, ...PATIENT }))
    await own.halt()
    await recorder.until(({ gaps }) => gaps === 1)
    await own.restart()
    await recorder.nextCatchUp()
    await publisher.publish(name, JSON.stringify({ kind: 'token', id: 'later', minVersion: null }))
    await recorder.until(hasHeardOf('later'))
    publisher.disconnect()
    await own.stop()
  })
})

describe.skipIf(server === null).each(CLIENTS)('a cluster with $version', ({ Client, ClusterClient }) => {
  async function start() {
    const cluster = await redisCluster()
    const urls = cluster.masters.map(({ url }) => url) as [string, ...string[]]
    const client = new ClusterClient(urls, { slotsRefreshInterval: 50, clusterRetryStrategy: () => 50 })
    client.on('error', () => {})
    /** Subscribes at a node first, and then as the channel does by itself. */
    const channelAt = (url: string, options: object = SLOWER) => {
      let first = true
      const subscriber = () => {
        if (!first) return client.nodes('master')[0]?.duplicate({ lazyConnect: true }) as Redis
        first = false
        return new Client(url, { lazyConnect: true })
      }
      return redisChannel({ client, subscriber, ...PATIENT, ...options })
    }
    const stop = () => {
      client.disconnect()
      return cluster.stop()
    }
    return { cluster, urls, client, channelAt, [Symbol.asyncDispose]: stop }
  }

  describe('of three masters', () => {
    let urls: [string, ...string[]]
    let client: Cluster
    let running: Awaited<ReturnType<typeof start>>
    beforeAll(async () => {
      running = await start()
      ;({ urls, client } = running)
    })
    afterAll(() => running[Symbol.asyncDispose]())

    test('a message reaches the subscribers of every node', async () => {
      const channel = redisChannel({ client, ...PATIENT })
      const others = urls.map((url) => running.channelAt(url, PATIENT))
      const recorders = await Promise.all([channel, ...others].map(record))
      await channel.publish({ kind: 'token', id: 'one', minVersion: 3 })
      for (const recorder of recorders) {
        await recorder.until(hasHeardOf('one'))
        await recorder[Symbol.asyncDispose]()
      }
    })

    test('subscriptions that were given up while the cluster was away do not connect when it is back', async () => {
      const relay = await startRelay('redis://127.0.0.1:1')
      const away = new ClusterClient([relay.urlOf(urls[0])], { clusterRetryStrategy: () => 20 })
      away.on('error', () => {})
      let made = 0
      const subscriber = () => {
        made++
        return new Client(urls[0], { lazyConnect: true })
      }
      const hasty = redisChannel({ client: away, subscriber, ...PATIENT, pingMs: 10, silenceMs: 50 })
      for (let attempt = 0; attempt < 3; attempt++) await expect(record(hasty)).rejects.toThrow()
      relay.retarget(urls[0])
      await away.ping()
      await nextTurn()
      expect(made).toBe(0)
      away.disconnect()
      await relay.close()
    })

    test('a client of one node is refused: nothing would tell that the node was removed', async () => {
      const single = new Client(urls[0])
      await expect(record(redisChannel({ client: single, ...PATIENT }))).rejects.toThrow('must be a Cluster of ioredis')
      single.disconnect()
    })

    test('a subscriber that is a Cluster is refused', async () => {
      const subscriber = () => client.duplicate([], { lazyConnect: true }) as never
      await expect(record(redisChannel({ client, subscriber, ...PATIENT }))).rejects.toThrow(
        'patkit option "subscriber" must make a client of one server',
      )
    })

    test('a node that was removed does not confirm pings, also while clients still know it', async () => {
      const late = new ClusterClient(urls, { slotsRefreshInterval: 3_600_000 })
      late.on('error', () => {})
      const subscriber = () => new Client(urls[0], { lazyConnect: true })
      const clock = hurryingClock()
      const options = { ...PATIENT, clock: clock.now }
      await using recorder = await record(redisChannel({ client: late, subscriber, ...options }))
      await running.cluster.removeFirst()
      clock.hurry()
      await recorder.until(({ gaps }) => gaps === 1)
      expect(late.nodes('master')).toHaveLength(3)
      late.disconnect()
    })
  })

  test('a message that most masters do not take is reported', async () => {
    await using running = await start()
    const { client, cluster } = running
    await client.ping()
    for (const master of cluster.masters.slice(1)) await master.kill()
    const channel = redisChannel({ client, ...SLOWER })
    await expect(channel.publish({ kind: 'all' })).rejects.toThrow()
  })

  test.each(['removed', 'killed'])('no revocation is missed when the node of a subscriber is %s', async (fault) => {
    await using running = await start()
    const { client, cluster, urls, channelAt } = running
    const database = await openSqlite()
    const here = await openNode(database, { channel: () => redisChannel({ client, ...SLOWER }), onError: () => {} })
    const other = await openNode(database, { channel: () => channelAt(urls[0]) })
    const verifier = verifierOf(other)
    await here.create(0)
    const isCached = () => verifier.health.mode === 'cached'
    const first = await usedToken(here, verifier)
    const second = await usedToken(here, verifier)

    await (fault === 'removed' ? cluster.removeFirst() : cluster.masters[0]?.kill())
    await waitUntil(() => !isCached())
    await here.tokens.revoke(ACTOR, OWNER, first.id)
    expect(await first.outcome()).toBe('revoked')
    await waitUntil(async () => {
      expect(await second.outcome()).toBe('allowed')
      return isCached()
    })
    await here.tokens.revoke(ACTOR, OWNER, second.id)
    await waitUntil(async () => (await second.outcome()) !== 'allowed')

    await verifier.close()
    await here[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await database.drop()
  })
})

/** Closes the relay when a change is committed, and before it is published. */
function closedFirst(relay: Relay, channel: InvalidationChannel): InvalidationChannel {
  return {
    ...channel,
    async publish(what) {
      await relay.close()
      await channel.publish(what)
    },
  }
}

/** Its entries do not end by themselves: a token whose message is missed stays allowed. */
function verifierOf({ tokens }: Node): Verifier<StoredRecord> {
  return createVerifier({ ...tokens.verifierOptions, cacheTtlSeconds: 86_400, onError: () => {} })
}

/** Makes a token at a node, and uses it at the verifier of another one until it is cached there. */
async function usedToken({ tokens }: Node, verifier: Verifier<StoredRecord>) {
  const { token, secret } = await tokens.create(ACTOR, OWNER, { name: 'used', scopes: ['drive:read'] })
  const outcome = async () => {
    const decision = await verifier.verify(bearing(secret.reveal()), reader)
    return decision.ok ? 'allowed' : decision.reason
  }
  await waitUntil(async () => {
    expect(await outcome()).toBe('allowed')
    return verifier.health.mode === 'cached'
  })
  expect(await outcome()).toBe('allowed')
  return { id: token.id, outcome }
}

describe('options', () => {
  const client = { publish() {} }
  test.each([
    [{}, 'patkit option "client" must be a client of ioredis'],
    [{ client, subscriber: client }, 'patkit option "subscriber" must be a function that makes a client of ioredis'],
    [{ client, name: '' }, 'patkit option "name" must be a non-empty string'],
    [{ client, pingMs: 0.5 }, 'patkit option "pingMs" must be a whole number from 1 to 60000'],
    [{ client, every: 5 }, 'patkit option "every" is not an option'],
  ])('%#', (options, message) => {
    expect(() => redisChannel(options as never)).toThrow(new TypeError(message))
  })
})

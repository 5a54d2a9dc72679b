import { redisChannel } from '@patkit/redis'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { ownRedis } from '../servers/redis.ts'
import { startRelay } from '../servers/relay.ts'
import { openSqlite } from '../servers/test-database.ts'
import { hasHeardOf, record } from './recorder.ts'
import { ACTOR, OWNER, openNode } from './tokens-on.ts'

const server = inject('servers').redis
const QUICK = { pingMs: 20, silenceMs: 500, onError: () => {} }
let names = 0

describe.skipIf(server === null)('a message', () => {
  let client: Redis
  let name: string
  beforeEach(() => {
    client = new Redis(server as string)
    client.on('error', () => {})
    names++
    name = `test:${process.pid}:${names}`
  })
  afterEach(() => client.disconnect())
  const channelTo = (url: string, options: object = {}) =>
    redisChannel({ client, name, subscriber: () => new Redis(url, { lazyConnect: true }), ...QUICK, ...options })

  test('reaches every subscriber, those of its own process before the publication ends', async () => {
    const channel = redisChannel({ client, name, ...QUICK })
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
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await recorder.until((seen) => seen.gaps === gaps)
      await recorder.nextCatchUp()
    }
    await client.publish(name, JSON.stringify({ kind: 'token', id: 'later', minVersion: null }))
    await recorder.until(hasHeardOf('later'))
  })

  test.each(['both', 'to client'] as const)('a socket that swallows bytes (%s) is noticed', async (direction) => {
    const relay = await startRelay(server as string)
    const channel = channelTo(relay.urlOf(server as string))
    const recorder = await record(channel)
    relay.swallow(direction)
    await recorder.until(({ gaps }) => gaps === 1)
    expect(channel.health).toMatchObject({ connected: false })
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
    const cut = new Redis({ port: 1, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: () => null })
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

  test('subscribing fails at another server than the one that publishes', async () => {
    const other = await ownRedis()
    await expect(record(channelTo(other.url))).rejects.toMatchObject({ code: 'ERR_PAT_CHANNEL_SILENT' })
    await other.stop()
  })

  test('a server that was restarted is found again', async () => {
    const own = await ownRedis()
    const publisher = new Redis(own.url, { retryStrategy: () => 50 })
    publisher.on('error', () => {})
    await using recorder = await record(redisChannel({ client: publisher, name, ...QUICK }))
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

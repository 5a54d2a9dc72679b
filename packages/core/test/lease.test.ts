import type { InvalidationChannel } from '@patkit/core'
import type { ChannelListener, Invalidation } from '@patkit/core/adapter'
import { memorySink } from '@patkit/core/testing'
import { describe, expect, test } from 'vitest'
import { bearing, createApi, NOON, recordOf } from './api.ts'

/** A channel whose messages, echoes and failures the test makes itself. */
function scriptedChannel() {
  const listeners: ChannelListener[] = []
  const published: Invalidation[] = []
  const broken = { subscribe: false, publish: false }
  const channel: InvalidationChannel = {
    async publish(what) {
      if (broken.publish) throw new Error('connection lost')
      published.push(what)
    },
    async subscribe(listener) {
      if (broken.subscribe) throw new Error('connection refused')
      listeners.push(listener)
      return { [Symbol.asyncDispose]: async () => void listeners.splice(listeners.indexOf(listener), 1) }
    },
  }
  const all: ChannelListener = {
    message: (what) => listeners.forEach((listener) => void listener.message(what)),
    caughtUp: (asOf) => listeners.forEach((listener) => void listener.caughtUp(asOf)),
    gap: () => listeners.forEach((listener) => void listener.gap()),
  }
  return { channel, listeners, published, broken, ...all }
}

async function connected(leaseSeconds = 10) {
  const bus = scriptedChannel()
  const api = createApi({ channel: bus.channel, leaseSeconds })
  const token = api.issue({ version: 1 })
  await api.outcome(bearing(token))
  bus.caughtUp(NOON)
  await api.outcome(bearing(token))
  api.asked.length = 0
  return { bus, api, token, use: () => api.outcome(bearing(token)) }
}

describe('while the channel speaks', () => {
  test('a cached record is used', async () => {
    const { api, use } = await connected()
    api.time.now = NOON + 10_000
    expect(await use()).toBe('allowed')
    expect(api.asked).toHaveLength(0)
    expect(api.verifier.health).toMatchObject({ mode: 'cached', asOf: NOON, leaseMs: expect.any(Number), entries: 1 })
  })

  test('each echo prolongs it, and costs nothing that is remembered', async () => {
    const { api, bus, use } = await connected()
    api.time.now = NOON + 9_000
    bus.caughtUp(NOON + 9_000)
    api.time.now = NOON + 19_000
    expect(await use()).toBe('allowed')
    expect(api.asked).toHaveLength(0)
  })

  test('a message from another node is heeded', async () => {
    const { api, bus, token, use } = await connected()
    api.table.set(token.digest, recordOf(token, { version: 2, revokedAt: new Date(NOON) }))
    bus.message({ kind: 'token', id: 'tok_1', minVersion: 2 })
    expect(await use()).toBe('revoked')
  })

  test('a change made here is published', async () => {
    const { api, bus } = await connected()
    await api.verifier.invalidate({ kind: 'principal', id: 'p1' })
    expect(bus.published).toEqual([{ kind: 'principal', id: 'p1' }])
  })

  test('what cannot be published is reported, and known here all the same', async () => {
    const { api, bus, use } = await connected()
    bus.broken.publish = true
    await api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: null })
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_CHANNEL_FAILED'])
    await use()
    expect(api.asked).toHaveLength(1)
  })
})

describe('where messages may have been missed, the resolver is asked every time', () => {
  test('past the lease, though no timer has said so', async () => {
    const { api, use } = await connected()
    api.time.now = NOON + 10_001
    await Promise.all([use(), use()])
    await use()
    expect(api.asked).toHaveLength(3)
    expect(api.verifier.health.mode).toBe('uncached')
  })

  test('after a message that makes no sense', async () => {
    const { api, bus, use } = await connected()
    bus.message({ kind: 'tokens' } as never)
    await use()
    await use()
    expect(api.asked).toHaveLength(2)
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_CHANNEL_FAILED'])
  })

  test('before the first echo', async () => {
    const bus = scriptedChannel()
    const api = createApi({ channel: bus.channel })
    const token = api.issue()
    await api.outcome(bearing(token))
    await api.outcome(bearing(token))
    expect(api.asked).toHaveLength(2)
    expect(api.verifier.health.asOf).toBe(Number.NEGATIVE_INFINITY)
  })

  test('after a gap, until the node has caught up; nothing from before is used again', async () => {
    const { api, bus, use } = await connected()
    bus.gap()
    await use()
    await use()
    expect(api.asked).toHaveLength(2)
    bus.caughtUp(NOON)
    await use()
    await use()
    expect(api.asked).toHaveLength(3)
  })

  test('when the clock has stepped back behind the last echo', async () => {
    const { api, use } = await connected()
    api.time.now = NOON - 1
    await use()
    expect(api.asked).toHaveLength(1)
  })

  test('when a lease has run out and an older echo comes in', async () => {
    const { api, bus, use } = await connected()
    api.time.now = NOON + 60_000
    await use()
    bus.caughtUp(NOON + 20_000)
    await use()
    expect(api.asked).toHaveLength(2)
  })
})

test('a subscription that fails is reported and tried again a second later', async () => {
  const bus = scriptedChannel()
  bus.broken.subscribe = true
  const api = createApi({ channel: bus.channel })
  const token = api.issue()
  await api.outcome(bearing(token))
  await api.outcome(bearing(token))
  expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_CHANNEL_FAILED'])
  bus.broken.subscribe = false
  api.time.now = NOON + 1_000
  await api.outcome(bearing(token))
  expect(bus.listeners).toHaveLength(1)
})

test('a subscription that failed is tried again although the clock was set back', async () => {
  const bus = scriptedChannel()
  bus.broken.subscribe = true
  const api = createApi({ channel: bus.channel })
  const token = api.issue()
  await api.outcome(bearing(token))
  bus.broken.subscribe = false
  api.time.now = NOON - 3_600_000
  await api.outcome(bearing(token))
  expect(bus.listeners).toHaveLength(1)
})

test('a channel that cannot be left is reported, and the audit is written all the same', async () => {
  const sink = memorySink()
  const channel = {
    publish: async () => {},
    subscribe: async () => ({ [Symbol.asyncDispose]: () => Promise.reject(new Error('connection lost')) }),
  }
  const api = createApi({ channel, audit: { mode: 'background', sink } })
  await api.outcome(bearing(api.issue()))
  await api.verifier.close()
  expect(sink.events).toHaveLength(1)
  expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_CHANNEL_FAILED'])
})

test('closing leaves the channel, also before it was ever joined or when joining failed', async () => {
  const { api, bus } = await connected()
  await api.verifier.close()
  expect(bus.listeners).toHaveLength(0)
  await createApi({ channel: bus.channel }).verifier.close()

  bus.broken.subscribe = true
  const refused = createApi({ channel: bus.channel })
  void refused.outcome(bearing('x'.repeat(9)))
  await refused.outcome(bearing(refused.issue()))
  await refused.verifier.close()
  bus.broken.subscribe = false
  refused.time.now = NOON + 1_000
  await refused.outcome(bearing(refused.issue()))
  expect(bus.listeners).toHaveLength(0)
})

import { type InvalidationChannel, PatError } from '@patkit/core'
import {
  type ChannelConnection,
  type ChannelListener,
  type ConnectedChannelOptions,
  type ConnectionListener,
  channelWithBackstop,
  createConnectedChannel,
  type Invalidation,
} from '@patkit/core/adapter'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bearing, createApi } from './api.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server whose connections the test opens, breaks and answers for. */
function scriptedServer() {
  const opened: (ConnectionListener & { readonly pings: string[]; closed: boolean })[] = []
  const sent: string[] = []
  const state = { refuses: false, pingFails: false, sendHangs: false, opening: null as Promise<void> | null }
  return {
    opened,
    sent,
    state,
    transport: {
      async connect(listener: ConnectionListener): Promise<ChannelConnection> {
        if (state.refuses) throw new Error('connection refused')
        const connection = { ...listener, pings: [] as string[], closed: false }
        opened.push(connection)
        await state.opening
        return {
          async ping(id) {
            if (state.pingFails) throw new Error('cannot be sent')
            connection.pings.push(id)
          },
          close() {
            connection.closed = true
          },
        }
      },
      async send(text: string) {
        if (state.sendHangs) await new Promise(() => {})
        sent.push(text)
      },
    },
  }
}

function recorder() {
  const events: unknown[] = []
  const listener: ChannelListener = {
    message: (what) => events.push(what),
    caughtUp: (asOf) => events.push(asOf - Date.now()),
    gap: () => events.push('gap'),
  }
  return { events, ...listener }
}

async function connected(options: Partial<ConnectedChannelOptions> = {}) {
  const server = scriptedServer()
  const causes: unknown[] = []
  const channel = createConnectedChannel({
    transport: server.transport,
    pingMs: 1_000,
    silenceMs: 3_000,
    transactional: false,
    silent: 'nothing arrives',
    onError: (cause) => causes.push(cause),
    clock: Date.now,
    ...options,
  })
  const heard = recorder()
  const subscribing = channel.subscribe(heard)
  subscribing.catch(() => {})
  await vi.advanceTimersByTimeAsync(0)
  const echo = (which = server.opened.length - 1) => {
    const connection = server.opened[which]
    connection?.echo(connection.pings.at(-1) ?? '')
  }
  return { server, causes, channel, heard, subscribing, echo }
}

describe('a connection', () => {
  test('is up to date as of the sending of the ping that came back', async () => {
    const { server, channel, heard, subscribing, echo } = await connected()
    expect(channel.health).toEqual({ connected: false, echoMs: null })
    await vi.advanceTimersByTimeAsync(40)
    echo()
    const subscription = await subscribing
    expect(heard.events).toEqual([-40])
    expect(channel.health).toEqual({ connected: true, echoMs: 40 })
    await vi.advanceTimersByTimeAsync(1_000)
    // An echo of an unknown ping, or of one before the last that came back, says nothing.
    server.opened[0]?.echo('unknown')
    server.opened[0]?.echo('1')
    expect(heard.events).toHaveLength(1)
    echo()
    expect(heard.events).toEqual([-40, 0])
    await subscription[Symbol.asyncDispose]()
    expect(server.opened[0]?.closed).toBe(true)
    expect(channel.health).toEqual({ connected: false, echoMs: null })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is up to date as of an earlier ping while a later one is under way', async () => {
    const { server, heard, subscribing, echo } = await connected()
    echo()
    await subscribing
    await vi.advanceTimersByTimeAsync(1_000)
    server.opened[0]?.echo('2')
    echo()
    expect(heard.events).toEqual([0, -1_000, 0])
  })

  test('that says nothing is replaced although the clock was set back', async () => {
    const { server, causes, subscribing, echo } = await connected()
    echo()
    await subscribing
    vi.setSystemTime(Date.now() - 3_600_000)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(causes).toHaveLength(1)
    expect(server.opened).toHaveLength(2)
  })

  test('brings messages, also unreadable ones', async () => {
    const { server, heard, subscribing, echo } = await connected()
    echo()
    const subscription = await subscribing
    server.opened[0]?.message('{"kind":"all"}')
    server.opened[0]?.message('not json')
    expect(heard.events.slice(1)).toEqual([{ kind: 'all' }, 'not json'])
    await subscription[Symbol.asyncDispose]()
    server.opened[0]?.message('{"kind":"all"}')
    expect(heard.events).toHaveLength(3)
  })

  test('that is lost is a gap, and is opened again until it can be', async () => {
    const { server, causes, heard, subscribing, echo } = await connected()
    echo()
    const subscription = await subscribing
    server.state.refuses = true
    server.opened[0]?.lost(new Error('reset'))
    server.opened[0]?.lost(new Error('ended'))
    expect(heard.events).toEqual([0, 'gap'])
    await vi.advanceTimersByTimeAsync(1_200)
    expect(causes.map((cause) => (cause as Error).message)).toEqual([
      'reset',
      'connection refused',
      'connection refused',
    ])
    server.state.refuses = false
    await vi.advanceTimersByTimeAsync(500)
    echo()
    expect(heard.events).toEqual([0, 'gap', expect.any(Number)])
    // Of the connection before, nothing counts.
    server.opened[0]?.echo('1')
    server.opened[0]?.message('{"kind":"all"}')
    expect(heard.events).toHaveLength(3)
    await subscription[Symbol.asyncDispose]()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('without echoes is dropped, with what kept the pings from being sent', async () => {
    const { server, causes, heard, subscribing, echo } = await connected()
    echo()
    const subscription = await subscribing
    server.state.pingFails = true
    await vi.advanceTimersByTimeAsync(4_000)
    expect(heard.events).toContain('gap')
    expect(causes).toEqual([
      new PatError('ERR_PAT_CHANNEL_SILENT', 'no echo within 3000 ms', new Error('cannot be sent')),
    ])
    expect(server.opened[0]?.closed).toBe(true)
    await subscription[Symbol.asyncDispose]()
  })

  test('that is opened again while the subscription ends is closed', async () => {
    const { server, subscribing, echo } = await connected()
    echo()
    const subscription = await subscribing
    server.opened[0]?.lost(new Error('reset'))
    await vi.advanceTimersByTimeAsync(500)
    await subscription[Symbol.asyncDispose]()
    echo(1)
    await vi.advanceTimersByTimeAsync(0)
    expect(server.opened[1]?.closed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that fails after the subscription has ended is not opened again', async () => {
    const { server, subscribing, echo } = await connected()
    echo()
    const subscription = await subscribing
    server.opened[0]?.lost(new Error('reset'))
    await vi.advanceTimersByTimeAsync(500)
    await subscription[Symbol.asyncDispose]()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.opened).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('subscribing fails', () => {
  test('where the server refuses', async () => {
    const server = scriptedServer()
    server.state.refuses = true
    const { subscribing } = await connected({ transport: server.transport })
    await expect(subscribing).rejects.toThrow('connection refused')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('where no echo arrives', async () => {
    const { server, subscribing } = await connected()
    const outcome = subscribing.catch((cause) => cause)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await outcome).toEqual(new PatError('ERR_PAT_CHANNEL_SILENT', 'nothing arrives'))
    expect(server.opened[0]?.closed).toBe(true)
  })

  test('where the connection takes too long, which is closed when it opens', async () => {
    const server = scriptedServer()
    let open = () => {}
    server.state.opening = new Promise((resolve) => {
      open = resolve
    })
    const { subscribing } = await connected({ transport: server.transport })
    const outcome = subscribing.catch((cause) => cause)
    server.opened[0]?.echo('1')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await outcome).toMatchObject({ code: 'ERR_PAT_CHANNEL_SILENT' })
    open()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.opened[0]?.closed).toBe(true)
  })
})

describe('a publication', () => {
  test('is delivered here before it is sent', async () => {
    const { server, channel, heard, subscribing, echo } = await connected()
    echo()
    await subscribing
    const published = channel.publish({ kind: 'all' })
    expect(heard.events).toEqual([0, { kind: 'all' }])
    await published
    expect(server.sent).toEqual(['{"kind":"all"}'])
  })

  test('that is not sent in time rejects', async () => {
    const { server, channel, subscribing, echo } = await connected()
    echo()
    await subscribing
    server.state.sendHangs = true
    const outcome = channel.publish({ kind: 'all' }).catch((cause) => cause)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await outcome).toEqual(new Error('the message could not be sent within 5000 ms'))
  })

  test('of a change is delivered here alone where the store sends it', async () => {
    const { server, channel, heard, subscribing, echo } = await connected({ transactional: true })
    echo()
    await subscribing
    await channel.deliver?.({ kind: 'all' })
    expect(heard.events).toEqual([0, { kind: 'all' }])
    expect(server.sent).toEqual([])
  })
})

test('a connection may be silent for longer than between two pings', () => {
  const { transport } = scriptedServer()
  const options = { transport, transactional: false, silent: 'no echo', onError: () => {}, clock: Date.now }
  expect(() => createConnectedChannel({ ...options, pingMs: 2_000, silenceMs: 2_000 })).toThrow(
    new TypeError('patkit option "silenceMs" must be more than pingMs'),
  )
})

test('an error listener that throws changes nothing', async () => {
  const onError = () => {
    throw new Error('listener')
  }
  const { server, heard, subscribing, echo } = await connected({ onError })
  echo()
  await subscribing
  server.opened[0]?.lost(new Error('reset'))
  await vi.advanceTimersByTimeAsync(500)
  echo()
  expect(heard.events).toEqual([0, 'gap', 0])
})

test('a verifier reports why it cannot subscribe, and how its channel is', async () => {
  const reason = new PatError('ERR_PAT_CHANNEL_SILENT', 'nothing arrives')
  const channel: InvalidationChannel = {
    publish: async () => {},
    subscribe: async () => {
      throw reason
    },
    health: { connected: false, echoMs: null },
  }
  const api = createApi({ channel })
  await api.outcome(bearing(api.issue()))
  expect(api.faults).toEqual([reason])
  expect(api.verifier.health.channel).toEqual({ connected: false, echoMs: null, lagMs: null })
})

test('a verifier says how old its knowledge is; without a clock it cannot', async () => {
  const clock = { fails: false }
  const listeners: ChannelListener[] = []
  const channel: InvalidationChannel = {
    publish: async () => {},
    async subscribe(listener) {
      listeners.push(listener)
      return { [Symbol.asyncDispose]: async () => {} }
    },
    health: { connected: true, echoMs: 3 },
  }
  const api = createApi({
    channel,
    clock: () => {
      if (clock.fails) throw new Error('no time')
      return api.time.now
    },
  })
  await api.outcome(bearing(api.issue()))
  listeners[0]?.caughtUp(api.time.now)
  api.time.now += 70
  expect(api.verifier.health.channel).toEqual({ connected: true, echoMs: 3, lagMs: 70 })
  clock.fails = true
  expect(api.verifier.health.channel).toEqual({ connected: true, echoMs: 3, lagMs: null })
})

describe('two channels as one', () => {
  function half(transactional: boolean) {
    const listeners: ChannelListener[] = []
    const calls: string[] = []
    const state = { refuses: false, ended: 0 }
    const channel: InvalidationChannel = {
      ...(transactional && { deliver: () => void calls.push('deliver') }),
      async publish() {
        calls.push('publish')
      },
      async subscribe(listener) {
        if (state.refuses) throw new Error('connection refused')
        listeners.push(listener)
        return { [Symbol.asyncDispose]: async () => void state.ended++ }
      },
    }
    return { listeners, calls, state, channel }
  }

  async function joined(fast = half(true), complete = half(true)) {
    const causes: unknown[] = []
    const onError = (cause: unknown) => causes.push(cause)
    const channel = channelWithBackstop({ fast: fast.channel, complete: complete.channel, onError })
    const heard = recorder()
    const subscription = await channel.subscribe(heard)
    await vi.advanceTimersByTimeAsync(0)
    return { fast, complete, causes, channel, heard, subscription }
  }

  test('messages come from both, and trust from the complete one', async () => {
    const { fast, complete, heard, subscription } = await joined()
    const what: Invalidation = { kind: 'all' }
    fast.listeners[0]?.message(what)
    fast.listeners[0]?.caughtUp(Date.now())
    fast.listeners[0]?.gap()
    complete.listeners[0]?.message(what)
    complete.listeners[0]?.caughtUp(Date.now())
    complete.listeners[0]?.gap()
    expect(heard.events).toEqual([what, what, 0, 'gap'])
    await subscription[Symbol.asyncDispose]()
    expect([fast.state.ended, complete.state.ended]).toEqual([1, 1])
  })

  test('a fast one that fails is tried again', async () => {
    const fast = half(true)
    fast.state.refuses = true
    const { causes, subscription } = await joined(fast)
    expect(causes).toEqual([new Error('connection refused')])
    fast.state.refuses = false
    await vi.advanceTimersByTimeAsync(5_000)
    expect(fast.listeners).toHaveLength(1)
    await subscription[Symbol.asyncDispose]()
    expect(fast.state.ended).toBe(1)
  })

  test('a fast one that fails is left alone after the end', async () => {
    const fast = half(true)
    fast.state.refuses = true
    const { causes, subscription } = await joined(fast)
    await subscription[Symbol.asyncDispose]()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(causes).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a fast one that fails as the subscription ends is left alone, also where the listener throws', async () => {
    const fast = half(true)
    let refuse = () => {}
    const refused = new Promise<AsyncDisposable>((_, reject) => {
      refuse = () => reject(new Error('connection refused'))
    })
    const channel = channelWithBackstop({
      fast: { ...fast.channel, subscribe: () => refused },
      complete: half(true).channel,
      onError: () => {
        throw new Error('listener')
      },
    })
    const subscription = await channel.subscribe(recorder())
    const ended = subscription[Symbol.asyncDispose]()
    refuse()
    await ended
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a change is delivered by the complete one, and published by a fast one that needs a message', async () => {
    const transactional = await joined()
    await transactional.channel.deliver?.({ kind: 'all' })
    expect([transactional.fast.calls, transactional.complete.calls]).toEqual([['deliver'], ['deliver']])
    const publishing = await joined(half(false))
    await publishing.channel.deliver?.({ kind: 'all' })
    expect([publishing.fast.calls, publishing.complete.calls]).toEqual([['publish'], ['deliver']])
    await publishing.channel.publish({ kind: 'all' })
    expect([publishing.fast.calls, publishing.complete.calls]).toEqual([
      ['publish', 'publish'],
      ['deliver', 'publish'],
    ])
  })

  test('both are published on where neither is transactional', async () => {
    const { channel } = await joined(half(false), half(false))
    expect(channel.deliver).toBeUndefined()
  })

  test('its health is that of both', async () => {
    const { channel } = await joined()
    expect(channel.health).toEqual({ connected: true, echoMs: null, fast: null })
    const health = { connected: false, echoMs: null }
    const known = channelWithBackstop({
      fast: { ...half(true).channel, health },
      complete: { ...half(true).channel, health },
      onError: () => {},
    })
    expect(known.health).toEqual({ ...health, fast: health })
  })
})

import { spawnSync } from 'node:child_process'
import { type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream'
import { connect, nanos } from '@nats-io/transport-node'
import type { AuditEvent, AuditSink, TokenRecord, Verifier } from '@patkit/core'
import { createStamps, type MintedToken, nextTurn, type SinkErasure } from '@patkit/core/adapter'
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { bearing, createApi, reader } from '../../packages/core/test/api.ts'
import { type OwnNats, ownNats } from '../servers/nats.ts'
import { waitUntil } from '../servers/wait-until.ts'
import { useEvent } from '../stores/events.ts'
import { answeredUntilKilled } from './killed-clients.ts'
import { programOf } from './page.ts'
import { DATABASE, TOKEN } from './reader.ts'

const nats = inject('programs')['nats-server']
const STREAM = 'patkit_use'
const AT_ONCE = 32
/** So many requests of a kind say that things are so, and not on their way. */
const ENOUGH = 300

type Sink = AuditSink & { close(): Promise<void> }

interface Options {
  readonly connection: { readonly servers: string }
  readonly timeoutMs: number
}

interface Program {
  createUseStream(options: Options, replicas: number): Promise<void>
  natsSink(options: Options): Sink
}

interface Wiring {
  readonly verifier: Verifier<TokenRecord>
  readonly sink: Sink
}

const page = programOf('docs/guides/audit-sinks.md', { 'db.ts': DATABASE }, {}, 'nats-sink')
afterAll(() => page.remove())

test('the programs of the page compile', () => expect(page.complaints).toBe(''))

describe.skipIf(nats === null)('a stream of NATS', () => {
  let server: OwnNats
  let sinkOf: (timeoutMs: number) => Sink
  let sink: Sink
  beforeEach(async () => {
    server = await ownNats(nats as string)
    const { createUseStream, natsSink } = await page.load<Program>('nats-sink.ts')
    const connection = { servers: server.url }
    await createUseStream({ connection, timeoutMs: 5_000 }, 1)
    sinkOf = (timeoutMs) => natsSink({ connection, timeoutMs })
    sink = sinkOf(5_000)
  })
  afterEach(async () => {
    await sink.close()
    await server.stop()
  })

  test('has each event once, also of a batch that is written again after a crash', async () => {
    const events = uses(3)
    await sink.write(events)
    await sink.write(events)
    await server.kill()
    await server.restart()
    await sink.write([...events, ...uses(1)])
    const stored = await kept(server)
    expect(stored).toHaveLength(4)
    expect(stored.slice(0, 3)).toEqual(JSON.parse(JSON.stringify(events)))
  })

  test('keeps a part of a batch that it refuses, and the rest when it is written again', async () => {
    const events = uses(4)
    await configure(server, { max_msgs: 3 })
    await expect(sink.write(events)).rejects.toThrow('maximum messages exceeded')
    expect(await kept(server)).toHaveLength(3)
    await configure(server, { max_msgs: -1 })
    await sink.write(events)
    expect((await kept(server)).map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id))
  })

  test('has an event twice that is written again after the duplicate window', async () => {
    const events = uses(1)
    await configure(server, { duplicate_window: nanos(100) })
    await waitUntil(async () => {
      await sink.write(events)
      return (await kept(server)).length >= 2
    })
    const [first, second] = await kept(server)
    expect(second).toEqual(first)
  })

  test('the verifier of the page records a use before it answers', async () => {
    process.env.NATS_URL = server.url
    const { verifier, sink: own } = await page.load<Wiring>('nats-verifier.ts')
    expect(await verifier.verify(bearing(TOKEN, '203.0.113.9'), reader)).toMatchObject({ ok: true })
    expect(await kept(server)).toMatchObject([{ outcome: 'allowed', tokenId: '1', userId: 'ada' }])
    await verifier.close()
    await own.close()
  })

  test('required: every answer has its event, while the server is killed and restarted', async () => {
    const { api, token, load } = underLoad({ mode: 'required', sink, timeoutMs: 5_000 })
    await load.until('allowed')
    await server.kill()
    await load.until('unavailable')
    await server.restart()
    await load.until('allowed')
    const answers = await load.stop()
    expect(await api.outcome(bearing(token))).toBe('allowed')
    await api.verifier.close()

    const events = await kept(server)
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    const recorded = new Map(events.toSorted(byId).map(({ request, outcome }) => [request.id, outcome]))
    const allowed = answers.filter(([, outcome]) => outcome === 'allowed')
    expect(allowed.filter(([id]) => recorded.get(id) !== 'allowed')).toEqual([])
    const refused = answers.filter(([, outcome]) => outcome === 'unavailable')
    expect(refused.filter(([id]) => recorded.get(id) === 'allowed')).toEqual([])
  })

  test('required: every answer of an API that is killed has its event', async () => {
    const answered = await answeredUntilKilled(page.pathOf('nats-verifier.ts'), { NATS_URL: server.url })
    const recorded = new Set((await kept(server)).map(({ request }) => request.id))
    expect(answered.filter((id) => !recorded.has(id))).toEqual([])
  })

  test('required: while the server hangs the answer is 503, and afterwards it is not', async () => {
    const api = createApi({ audit: { mode: 'required', sink: sinkOf(300), timeoutMs: 300 } })
    const token = api.issue()
    server.pause()
    await waitUntil(async () => (await api.outcome(bearing(token))) === 'unavailable')
    server.resume()
    await waitUntil(async () => (await api.outcome(bearing(token))) === 'allowed')
    await api.verifier.close()
  })

  test('a write to a server that hangs is given up, before and after it has connected', async () => {
    const events = uses(2)
    const impatient = sinkOf(200)
    const first = uses(1)
    await waitUntil(() =>
      impatient.write(first).then(
        () => true,
        () => false,
      ),
    )
    server.pause()
    await expect(writeUntilRefused(impatient, events)).rejects.toThrow('timeout')
    await expect(impatient.write(events)).rejects.toThrow('timeout')
    server.resume()
    await sink.write(events)
    expect(await kept(server)).toHaveLength(3)
    await impatient.close()
  })

  test('background: events wait while the server is away, and are kept once', async () => {
    const api = createApi({ audit: { mode: 'background', sink, timeoutMs: 5_000 } })
    const token = api.issue()
    const use = async (id: string) => expect(await api.outcome(requestOf(token, id))).toBe('allowed')
    await use('before')
    await api.verifier.flush()
    await server.kill()
    await use('away')
    await api.verifier.flush()
    expect(api.verifier.health.auditWaiting).toBe(1)
    await server.restart()
    await use('after')
    await waitUntil(async () => {
      await api.verifier.flush()
      return api.verifier.health.auditWaiting === 0
    })
    expect((await kept(server)).map(({ request }) => request.id).toSorted()).toEqual(['after', 'away', 'before'])
    expect(api.verifier.health.auditDropped).toBe(0)
    await api.verifier.close()
  })

  describe('erasing a principal', () => {
    const own = [use('acme', 'ada', null), use('acme', 'ada', 'ada')]
    const acted = use('acme', 'ci', 'ada')
    const others = [
      use('acme', 'ci', 'bob'),
      use('acme', 'bob', null),
      use('other', 'ada', null),
      use(null, null, null),
    ]

    async function erase(events: SinkErasure['events']) {
      const erasure = { organizationId: 'acme', principalId: 'ada', pseudonym: 'erased-1', events }
      await sink.write([...own, acted, ...others])
      await sink.erase?.(erasure)
      await sink.erase?.(erasure)
      const stored = await kept(server)
      expect(stored.slice(0, others.length)).toEqual(JSON.parse(JSON.stringify(others)))
      return stored
        .slice(others.length)
        .map(({ id, principalId, userId, clientIp }) => [id, principalId, userId, clientIp])
    }

    test('removes its events, and its name from the events of others', async () => {
      expect(await erase('erase')).toEqual([[acted.id, 'ci', 'erased-1', null]])
    })

    test('or replaces its name in all of them', async () => {
      expect(await erase('pseudonymise')).toEqual([
        [own[0]?.id, 'erased-1', null, null],
        [own[1]?.id, 'erased-1', 'erased-1', null],
        [acted.id, 'ci', 'erased-1', null],
      ])
    })

    test('leaves nothing of it in the files of the server', async () => {
      await erase('erase')
      await server.kill()
      expect(linesWith(server, '/of/acme/bob')).toBeGreaterThan(0)
      expect(linesWith(server, '/of/acme/ada')).toBe(0)
    })
  })
})

const stamp = createStamps()

function use(organizationId: string | null, principalId: string | null, userId: string | null): AuditEvent {
  const request = {
    id: null,
    method: 'GET',
    path: `/of/${organizationId}/${principalId}`,
    route: null,
    userAgent: null,
  }
  return useEvent({ ...stamp(Date.now()), organizationId, principalId, userId, clientIp: '203.0.113.9', request })
}

function uses(count: number): AuditEvent[] {
  return Array.from({ length: count }, () => use('acme', 'ada', null))
}

function requestOf(token: MintedToken, id: string) {
  return { rawHeaders: [...bearing(token).rawHeaders, 'X-Request-Id', id] }
}

/** Requests at a verifier, a number of them at once. */
function underLoad(audit: { mode: 'required'; sink: AuditSink; timeoutMs: number }) {
  const api = createApi({ audit })
  const token = api.issue()
  const answers: (readonly [id: string, outcome: string])[] = []
  let sent = 0
  let stopped = false
  const client = async () => {
    while (!stopped) {
      const id = `request-${sent++}`
      answers.push([id, await api.outcome(requestOf(token, id))])
      await nextTurn()
    }
  }
  const clients = Promise.all(Array.from({ length: AT_ONCE }, client))
  const count = (outcome: string) => answers.filter((answer) => answer[1] === outcome).length
  const load = {
    /** Waits for enough further answers of a kind. */
    async until(outcome: string) {
      const wanted = count(outcome) + ENOUGH
      await waitUntil(() => count(outcome) >= wanted)
    },
    async stop() {
      stopped = true
      await clients
      return answers
    },
  }
  return { api, token, load }
}

async function managed<T>(server: OwnNats, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: server.url })
  try {
    return await work(await jetstreamManager(connection))
  } finally {
    await connection.close()
  }
}

async function configure(server: OwnNats, config: Partial<StreamConfig>): Promise<void> {
  await managed(server, ({ streams }) => streams.update(STREAM, config))
}

/** The events of the stream, in its order. */
function kept(server: OwnNats): Promise<AuditEvent[]> {
  return managed(server, async ({ streams }) => {
    const { first_seq: first, last_seq: last } = (await streams.info(STREAM)).state
    const events: AuditEvent[] = []
    for (let seq = first; seq <= last; seq++) {
      const message = await streams.getMessage(STREAM, { seq })
      if (message !== null) events.push(message.json())
    }
    return events
  })
}

/** A server takes some more events before a signal pauses it. */
async function writeUntilRefused(sink: AuditSink, events: readonly AuditEvent[]): Promise<never> {
  for (;;) await sink.write(events)
}

/** How many lines of the files of a server have a text. */
function linesWith(server: OwnNats, text: string): number {
  const { stdout } = spawnSync('grep', ['-rahF', text, server.folder])
  return stdout.toString().split('\n').length - 1
}

function byId(one: AuditEvent, other: AuditEvent): number {
  return one.id < other.id ? -1 : 1
}

import { type AuditEvent, type AuditSink, importedFormat, type TokenRecord } from '@patkit/core'
import { memorySink } from '@patkit/core/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { adapter, bearing, createApi, format, NOON, reader, recordOf } from './api.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Lets timers that are due, and what they set off, run. */
async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await vi.advanceTimersByTimeAsync(1)
}

/** A request whose event some sinks refuse. */
function poisoned(token: Parameters<typeof bearing>[0]): ReturnType<typeof bearing> {
  return { ...bearing(token), rawHeaders: [...bearing(token).rawHeaders, 'User-Agent', 'poison'] }
}

/** A sink that writes, fails, hangs or refuses poisoned events as the test says, and keeps each event once. */
function scriptedSink() {
  const state: { mode: 'up' | 'down' | 'hanging' | 'picky' } = { mode: 'up' }
  const writes: (readonly AuditEvent[])[] = []
  const kept = memorySink()
  const sink: AuditSink = {
    async write(events) {
      writes.push(events)
      if (state.mode === 'hanging') await new Promise(() => {})
      if (state.mode === 'down') throw new Error('disk full')
      const isPoison = ({ request }: AuditEvent) => request.userAgent === 'poison'
      if (state.mode === 'picky' && events.some(isPoison)) throw new Error('value too long')
      await kept.write(events)
    },
  }
  /** What the log says was answered: the last event of each decision. */
  function answers(): string[] {
    const ordered = kept.events.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    return [...new Map(ordered.map(({ id, withdraws, outcome }) => [withdraws ?? id, outcome])).values()]
  }

  return { state, writes, sink, answers, events: () => kept.events }
}

describe('in the background', () => {
  function auditing(capacity = 100) {
    const store = scriptedSink()
    const api = createApi({ audit: { mode: 'background', sink: store.sink, capacity } })
    return { store, api, token: api.issue() }
  }

  test('events are written together, and no request waits', async () => {
    const { store, api, token } = auditing()
    await api.outcome(bearing(token))
    expect(api.verifier.verify(bearing(token), reader)).toMatchObject({ ok: true })
    expect(store.writes).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(0)
    expect(store.writes.map((events) => events.length)).toEqual([2])
    expect(store.events().map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed'])
  })

  test('what a sink that is away does not take is kept, in order, and written when it is back', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'down'
    await api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(3_500)
    expect(store.writes).toHaveLength(4)
    await api.outcome(bearing(token))
    store.state.mode = 'up'
    await vi.advanceTimersByTimeAsync(1_000)
    const ids = store.events().map(({ id }) => id)
    expect(ids).toHaveLength(2)
    expect(ids.toSorted()).toEqual(ids)
    expect(api.faults.map(({ code }) => code)).toEqual(Array(4).fill('ERR_PAT_AUDIT_FAILED'))
    expect(api.verifier.health.auditDropped).toBe(0)
  })

  test('what does not fit is dropped and counted exactly', async () => {
    const { store, api, token } = auditing(3)
    store.state.mode = 'down'
    for (let use = 0; use < 10; use++) await api.outcome(bearing(token))
    expect(api.verifier.health).toMatchObject({ auditWaiting: 3, auditDropped: 7 })
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_AUDIT_OVERFLOW'])
    store.state.mode = 'up'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.events()).toHaveLength(3)
  })

  test('an event that cannot be built is reported, and changes no answer', async () => {
    const { store, api, token } = auditing()
    const broken = {
      ...reader,
      context: () => {
        throw new Error('no request')
      },
    }
    expect(await api.verifier.verify(bearing(token), broken)).toMatchObject({ ok: true })
    await vi.advanceTimersByTimeAsync(1)
    expect(store.events()).toEqual([])
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_AUDIT_FAILED'])
    expect(api.verifier.health.auditDropped).toBe(1)
  })

  test('a write that hangs is given up, reported and tried again', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'hanging'
    await api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(1_001)
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_AUDIT_FAILED'])
    store.state.mode = 'up'
    await vi.advanceTimersByTimeAsync(1_001)
    expect(store.events()).toHaveLength(1)
  })

  test('closing writes the remaining events, and counts those that cannot be written', async () => {
    const { store, api, token } = auditing()
    await api.outcome(bearing(token))
    const closed = api.verifier.close()
    await vi.advanceTimersByTimeAsync(0)
    await closed
    expect(store.events()).toHaveLength(1)

    store.state.mode = 'down'
    await api.outcome(bearing(token))
    const closedAgain = api.verifier.close()
    await vi.advanceTimersByTimeAsync(0)
    await closedAgain
    expect(api.verifier.health.auditDropped).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('flush waits for writes in progress', async () => {
    const { store, api, token } = auditing()
    await api.outcome(bearing(token))
    const flushed = api.verifier.flush()
    await vi.advanceTimersByTimeAsync(0)
    await flushed
    expect(store.events()).toHaveLength(1)
    await api.verifier.flush()
  })

  test('a large backlog goes out in several writes', async () => {
    const { store, api, token } = auditing(2_000)
    for (let use = 0; use < 1_200; use++) await api.outcome(bearing(token))
    await turns()
    expect(store.writes.map((events) => events.length)).toEqual([500, 500, 200])
  })

  test('an event that the sink refuses stops no other, and is dropped at the third time between others', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'picky'
    await api.outcome(poisoned(token))
    for (const good of [0, 1]) {
      await vi.advanceTimersByTimeAsync(60_000)
      expect(store.events()).toHaveLength(good)
      expect(api.verifier.health).toMatchObject({ auditWaiting: 1, auditDropped: 0 })
      await api.outcome(bearing(token))
    }
    await vi.advanceTimersByTimeAsync(60_000)
    expect(store.events()).toHaveLength(2)
    expect(api.verifier.health).toMatchObject({ auditWaiting: 0, auditDropped: 1 })
    expect(api.faults.filter(({ code }) => code === 'ERR_PAT_AUDIT_REFUSED')).toHaveLength(1)
  })

  test('many of them among many others are all distinguished', async () => {
    const { store, api, token } = auditing(2_000)
    store.state.mode = 'picky'
    for (let use = 0; use < 1_000; use++) await api.outcome(use % 100 === 7 ? poisoned(token) : bearing(token))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(store.events()).toHaveLength(990)
    expect(api.verifier.health.auditWaiting + api.verifier.health.auditDropped).toBe(10)
  })

  test('outages drop nothing, however long and however many', async () => {
    const { store, api, token } = auditing()
    for (let outage = 1; outage <= 5; outage++) {
      store.state.mode = 'down'
      for (let use = 0; use < 7; use++) await api.outcome(bearing(token))
      await vi.advanceTimersByTimeAsync(60_000)
      store.state.mode = 'up'
      await vi.advanceTimersByTimeAsync(1_000)
      expect(store.events()).toHaveLength(outage * 7)
    }
    expect(api.verifier.health).toMatchObject({ auditWaiting: 0, auditDropped: 0 })
  })

  test('closing writes all that the sink takes, and counts the rest', async () => {
    const { store, api, token } = auditing(2_000)
    store.state.mode = 'picky'
    const bad = [0, 499, 1_000, 1_002]
    for (let use = 0; use < 1_200; use++) await api.outcome(bad.includes(use) ? poisoned(token) : bearing(token))
    const closed = api.verifier.close()
    await turns()
    await closed
    expect(store.events()).toHaveLength(1_196)
    expect(api.verifier.health).toMatchObject({ auditWaiting: 0, auditDropped: 4 })
    expect(store.writes.length).toBeLessThan(200)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('closing ends with the third write of a sink that is away', async () => {
    const { store, api, token } = auditing(2_000)
    store.state.mode = 'hanging'
    for (let use = 0; use < 1_200; use++) await api.outcome(bearing(token))
    await turns()
    const closed = Promise.all([api.verifier.close(), api.verifier.close()])
    await vi.advanceTimersByTimeAsync(4_000)
    await closed
    expect(store.writes.map((events) => events.length)).toEqual([500, 250, 1, 1])
    expect(api.verifier.health).toMatchObject({ auditWaiting: 0, auditDropped: 1_200 })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waitUntil neither flushes folded events nor hurries an unavailable sink', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'down'
    const auth = adapter.patAuth(api.verifier, { waitUntil: () => {} })
    await auth(bearing(token))
    await turns()
    for (let guess = 0; guess < 100; guess++) await auth({ rawHeaders: [] })
    await turns()
    expect(store.writes).toHaveLength(1)
  })

  test('a waitUntil that throws is reported and changes no answer', async () => {
    const { api, token } = auditing()
    const waitUntil = () => {
      throw new Error('no execution context')
    }
    expect(await adapter.patAuth(api.verifier, { waitUntil })(bearing(token))).toMatchObject({ ok: true })
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_WAIT_UNTIL_FAILED'])
  })

  test('waitUntil is given the work of a request that ends, allowed or refused by a guard', async () => {
    const { store, api, token } = auditing()
    const works: Promise<void>[] = []
    const auth = adapter.patAuth(api.verifier, { waitUntil: (_, work) => works.push(work) })
    const request = bearing(token)
    await auth(request)
    await adapter.requireScope('admin')(request)
    await vi.advanceTimersByTimeAsync(0)
    await Promise.all(works)
    expect(works).toHaveLength(2)
    expect(store.events().map(({ kind }) => kind)).toEqual(['use', 'refused'])
  })
})

describe('required', () => {
  function auditing(options: object = {}) {
    const store = scriptedSink()
    const api = createApi({ audit: { mode: 'required', sink: store.sink, timeoutMs: 100, ...options } })
    return { store, api, token: api.issue() }
  }

  test('an answer waits until its event is durable, and those that come together are written together', async () => {
    const { store, api, token } = auditing()
    const outcomes = Promise.all([1, 2, 3].map(() => api.outcome(bearing(token))))
    await vi.advanceTimersByTimeAsync(0)
    expect(await outcomes).toEqual(['allowed', 'allowed', 'allowed'])
    expect(store.writes.map((events) => events.length)).toEqual([3])
    expect(vi.getTimerCount()).toBe(0)
  })

  test.each(['down', 'hanging'] as const)('with a sink that is %s, requests are refused in time', async (mode) => {
    const { store, api, token } = auditing()
    store.state.mode = mode
    const outcome = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(100)
    expect(await outcome).toBe('unavailable')
    // Answered requests are recorded when the sink is back.
    expect(api.verifier.health.auditWaiting).toBe(1)
    store.state.mode = 'up'
    await vi.advanceTimersByTimeAsync(2_000)
    expect(store.answers()).toEqual(['unavailable'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a sink that comes back is used again', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'down'
    const refused = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(0)
    expect(await refused).toBe('unavailable')
    store.state.mode = 'up'
    const allowed = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(0)
    expect(await allowed).toBe('allowed')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.answers()).toEqual(['unavailable', 'allowed'])
  })

  test('who comes while a write fails has a try of its own', async () => {
    const { store, api, token } = auditing()
    let fail: (cause: Error) => void = () => {}
    const write = vi
      .spyOn(store.sink, 'write')
      .mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)))
    const first = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(1)
    const second = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(1)
    fail(new Error('disk full'))
    await turns()
    expect(await first).toBe('unavailable')
    expect(await second).toBe('allowed')
    // The write that failed, the second request's, and what the first was answered.
    expect(write).toHaveBeenCalledTimes(3)
    expect(store.answers()).toEqual(['allowed', 'unavailable'])
  })

  test('one write that hangs refuses the requests that wait for it, and no later ones', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'hanging'
    const refused = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(101)
    expect(await refused).toBe('unavailable')
    store.state.mode = 'up'
    const allowed = api.outcome(bearing(token))
    await vi.advanceTimersByTimeAsync(1)
    expect(await allowed).toBe('allowed')
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_AUDIT_FAILED'])
  })

  test('closing does not wait for a sink that hangs', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'hanging'
    const refused = api.outcome(bearing(token))
    const closed = api.verifier.close()
    await vi.advanceTimersByTimeAsync(101)
    await closed
    expect(await refused).toBe('unavailable')
  })

  test('events that are kept for later do not stand before a request that waits', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'down'
    for (let n = 0; n < 600; n++) await api.outcome(bearing('nonsense', `10.0.${n >> 8}.${n & 255}`))
    api.time.now = NOON + 60_000
    await api.outcome({ rawHeaders: [] })
    const outcome = api.outcome(bearing(token))
    await turns()
    expect(await outcome).toBe('unavailable')
    expect(store.writes.length).toBeLessThan(5)
  })

  test('an event that the sink refuses costs no other request its answer', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'picky'
    const requests = Array.from({ length: 20 }, (_, n) => (n === 0 || n === 7 ? poisoned(token) : bearing(token)))
    const outcomes = Promise.all(requests.map((request) => api.outcome(request)))
    await turns()
    expect((await outcomes).map((outcome, n) => (outcome === 'allowed' ? null : n)).filter((n) => n !== null)).toEqual([
      0, 7,
    ])
    expect(store.events()).toHaveLength(18)
    expect(api.verifier.health.auditWaiting).toBe(2)
  })

  test('an outage costs three writes and one of answered requests, for any number of waiting ones', async () => {
    const { store, api, token } = auditing()
    store.state.mode = 'down'
    const outcomes = Promise.all(Array.from({ length: 50 }, () => api.outcome(bearing(token))))
    await turns()
    expect(new Set(await outcomes)).toEqual(new Set(['unavailable']))
    expect(store.writes.map((events) => events.length)).toEqual([50, 1, 1, 50])
  })

  test('single retries delay no other request', async () => {
    const { store, api, token } = auditing()
    const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 40))
    vi.spyOn(store.sink, 'write').mockImplementation(slowly).mockRejectedValueOnce(new Error('value too long'))
    const outcomes: string[] = []
    for (let n = 0; n < 10; n++) void api.outcome(bearing(token)).then((outcome) => outcomes.push(outcome))
    await vi.advanceTimersByTimeAsync(100)
    expect(outcomes).toEqual(['allowed', 'allowed', ...Array(8).fill('unavailable')])
    await vi.advanceTimersByTimeAsync(1_000)
    // The batch, two that were written in time, one whose time was up on the way, and what the eight were answered.
    expect(store.sink.write).toHaveBeenCalledTimes(5)
  })

  describe('a change that comes while the event is written', () => {
    const change = { kind: 'token', id: 'tok_1', minVersion: null } as const

    /** A request whose event is being written, and a change that comes meanwhile. */
    async function overtaken(record: Partial<TokenRecord> | null, members: Partial<TokenRecord> = {}) {
      const auditing = audited(members)
      const { api, token } = auditing
      await settled(api.outcome(bearing(token)))
      const outcome = api.outcome(bearing(token))
      if (record === null) api.table.delete(token.digest)
      else api.table.set(token.digest, recordOf(token, { ...members, ...record }))
      void api.verifier.invalidate(change)
      return { ...auditing, outcome: await settled(outcome) }
    }

    function audited(members: Partial<TokenRecord>) {
      const { store, api } = auditing()
      return { store, api, token: api.issue(members) }
    }

    async function settled<T>(work: Promise<T>): Promise<T> {
      await turns()
      return work
    }

    test('lets the request in where the token is still good, with one event', async () => {
      const { store, api, outcome } = await overtaken({})
      expect(outcome).toBe('allowed')
      expect(store.answers()).toEqual(['allowed', 'allowed'])
      expect(store.events()).toHaveLength(2)
      expect(api.faults).toEqual([])
    })

    test.each([
      ['revoked', { revokedAt: new Date(NOON) }],
      ['expired', { expiresAt: new Date(NOON) }],
      ['superseded', { secretEndsAt: new Date(NOON) }],
      ['principal_disabled', { disabled: 'principal' }],
      ['ip_denied', { ipAllowlist: ['192.0.2.1'] }],
      ['unknown_token', null],
    ] as const)('refuses where the token is %s now, and withdraws the first event', async (reason, record) => {
      const { store, outcome } = await overtaken(record)
      expect(outcome).toBe(reason)
      const [, first, second] = store.events()
      expect(first).toMatchObject({ outcome: 'allowed', tokenId: 'tok_1', withdraws: null })
      expect(second).toMatchObject({ kind: 'use', outcome: reason, tokenId: 'tok_1', withdraws: first?.id })
      expect(second?.request).toEqual(first?.request)
      expect(store.answers()).toEqual(['allowed', reason])
    })

    test('refuses with one event where the token was refused before as well', async () => {
      const { store, outcome } = await overtaken({}, { revokedAt: new Date(NOON) })
      expect(outcome).toBe('revoked')
      expect(store.events().map(({ outcome, withdraws }) => [outcome, withdraws])).toEqual([
        ['revoked', null],
        ['revoked', null],
      ])
    })

    test('names the token that the secret belongs to now', async () => {
      const { store, outcome } = await overtaken({ id: 'tok_2' })
      expect(outcome).toBe('allowed')
      const [, first, second] = store.events()
      expect(first).toMatchObject({ outcome: 'allowed', tokenId: 'tok_1' })
      expect(second).toMatchObject({ outcome: 'allowed', tokenId: 'tok_2', withdraws: first?.id })
    })

    test('refuses where the format takes the token no longer', async () => {
      const store = scriptedSink()
      const check = vi.fn(() => true)
      const importing = importedFormat({ name: 'legacy', maxLength: 100, accepts: () => true })
      const api = createApi({ audit: { mode: 'required', sink: store.sink }, format: { ...importing, check } })
      const token = api.issue()
      await settled(api.outcome(bearing(token)))
      const outcome = api.outcome(bearing(token))
      check.mockReturnValue(false)
      void api.verifier.invalidate(change)
      expect(await settled(outcome)).toBe('malformed_token')
      expect(store.answers()).toEqual(['allowed', 'malformed_token'])
    })

    test('lets the request in where the token has been enabled again', async () => {
      const { store, outcome } = await overtaken({ revokedAt: null }, { revokedAt: new Date(NOON) })
      expect(outcome).toBe('allowed')
      expect(store.answers()).toEqual(['revoked', 'allowed'])
    })

    test('calls onUse once, and not for a refused use', async () => {
      const uses: string[] = []
      const store = scriptedSink()
      const api = createApi({ audit: { mode: 'required', sink: store.sink }, onUse: ({ id }) => uses.push(id) })
      const token = api.issue()
      await settled(api.outcome(bearing(token)))
      const kept = api.outcome(bearing(token))
      void api.verifier.invalidate(change)
      await settled(kept)
      const lost = api.outcome(bearing(token))
      api.table.set(token.digest, recordOf(token, { revokedAt: new Date(NOON) }))
      void api.verifier.invalidate(change)
      expect(await settled(lost)).toBe('revoked')
      expect(uses).toEqual(['tok_1', 'tok_1'])
    })

    test('again and again ends the request as unavailable, on record as that', async () => {
      const { store, api, token } = audited({})
      await settled(api.outcome(bearing(token)))
      const write = store.sink.write.bind(store.sink)
      let isRevoked = false
      const sink = vi.spyOn(store.sink, 'write').mockImplementation(async (events) => {
        await write(events)
        isRevoked = !isRevoked
        api.table.set(token.digest, recordOf(token, { revokedAt: isRevoked ? new Date(NOON) : null }))
        void api.verifier.invalidate(change)
      })
      expect(await settled(api.outcome(bearing(token)))).toBe('unavailable')
      expect(sink).toHaveBeenCalledTimes(5)
      expect(store.answers()).toEqual(['allowed', 'unavailable'])
      expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_RECORD_STALE'])
    })

    test('is answered unavailable where the token cannot be looked up again', async () => {
      const { store, api, token } = audited({})
      await settled(api.outcome(bearing(token)))
      const outcome = api.outcome(bearing(token))
      vi.spyOn(api.table, 'get').mockImplementation(() => {
        throw new Error('database away')
      })
      void api.verifier.invalidate(change)
      expect(await settled(outcome)).toBe('unavailable')
      expect(store.answers()).toEqual(['allowed', 'unavailable'])
    })

    test('is answered unavailable where the second event cannot be written', async () => {
      const { store, api, token } = audited({})
      await settled(api.outcome(bearing(token)))
      const outcome = api.outcome(bearing(token))
      await vi.advanceTimersByTimeAsync(0)
      api.table.set(token.digest, recordOf(token, { revokedAt: new Date(NOON) }))
      expect(await outcome).toBe('allowed')
      const write = store.sink.write.bind(store.sink)
      vi.spyOn(store.sink, 'write')
        .mockImplementationOnce(async (events) => {
          await write(events)
          void api.verifier.invalidate(change)
        })
        .mockRejectedValueOnce(new Error('disk full'))
      expect(await settled(api.outcome(bearing(token)))).toBe('unavailable')
      await vi.advanceTimersByTimeAsync(1_000)
      expect(store.answers()).toEqual(['allowed', 'allowed', 'unavailable'])
    })
  })

  test("a guard's refusal waits as well", async () => {
    const { store, api, token } = auditing()
    const request = bearing(token)
    const authenticated = adapter.patAuth(api.verifier)(request)
    await vi.advanceTimersByTimeAsync(0)
    await authenticated
    store.state.mode = 'down'
    const refused = adapter.requireScope('admin')(request)
    await vi.advanceTimersByTimeAsync(0)
    expect(await refused).toMatchObject({ denied: { reason: 'unavailable' } })
    store.state.mode = 'up'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.events().map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['use', 'allowed'],
      ['refused', 'unavailable'],
    ])
  })

  test('no more requests wait than there is room for', async () => {
    const { store, api, token } = auditing({ capacity: 1 })
    store.state.mode = 'hanging'
    const first = api.outcome(bearing(token))
    expect(await api.outcome(bearing(token))).toBe('unavailable')
    await vi.advanceTimersByTimeAsync(100)
    expect(await first).toBe('unavailable')
  })

  test('a request whose event cannot be built is refused', async () => {
    const { api, token } = auditing()
    const broken = {
      ...reader,
      context: () => {
        throw new Error('no request')
      },
    }
    expect(await api.verifier.verify(bearing(token), broken)).toMatchObject({ reason: 'unavailable' })
    expect(await api.verifier.verify({ rawHeaders: [] }, broken)).toMatchObject({ reason: 'unavailable' })
  })
})

describe('denials without a known token', () => {
  test.each(['background', 'required'] as const)('are folded per reason, source and minute (%s)', async (mode) => {
    const store = scriptedSink()
    const api = createApi({ audit: { mode, sink: store.sink } })
    for (let guess = 0; guess < 1_000; guess++) void api.outcome(bearing('nonsense', '192.0.2.7'))
    void api.outcome(bearing('nonsense', '192.0.2.8'))
    void api.outcome({ rawHeaders: [], peer: '192.0.2.7' })
    await vi.advanceTimersByTimeAsync(60_001)
    expect(store.events().map(({ outcome, clientIp, count }) => [outcome, clientIp, count])).toEqual([
      ['malformed_token', '192.0.2.7', 1_000],
      ['malformed_token', '192.0.2.8', 1],
      ['missing_credential', '192.0.2.7', 1],
    ])
  })

  test('of another minute are counted apart, and closing writes the last', async () => {
    const store = scriptedSink()
    const api = createApi({ audit: { mode: 'background', sink: store.sink } })
    for (const now of [NOON, NOON + 59_999, NOON + 60_000]) {
      api.time.now = now
      await api.outcome(bearing('nonsense'))
    }
    const closed = api.verifier.close()
    await vi.advanceTimersByTimeAsync(0)
    await closed
    expect(store.events().map(({ count }) => count)).toEqual([2, 1])
  })

  test('from very many sources are counted together', async () => {
    const store = scriptedSink()
    const api = createApi({ audit: { mode: 'background', sink: store.sink } })
    for (let n = 0; n < 3_000; n++) await api.outcome(bearing('nonsense', `10.0.${n >> 8}.${n & 255}`))
    const closed = api.verifier.close()
    await turns()
    await closed
    expect(store.events()).toHaveLength(1_001)
    expect(store.events().reduce((sum, { count }) => sum + count, 0)).toBe(3_000)
  })

  test('reach a callback one by one', async () => {
    const api = createApi()
    for (let guess = 0; guess < 3; guess++) await api.outcome(bearing(format.mint()))
    expect(api.events.map(({ count }) => count)).toEqual([1, 1, 1])
  })
})

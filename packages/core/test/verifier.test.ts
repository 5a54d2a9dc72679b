import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { AUDIT_CHANNEL, type AuditEvent, createVerifier, importedFormat, PatError, tokenFormat } from '@patkit/core'
import { memorySink } from '@patkit/core/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { adapter, bearing, createApi, format, NOON, reader, recordOf } from './api.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('lookups', () => {
  test('a hit is decided synchronously and without the resolver', async () => {
    const api = createApi()
    const token = api.issue()
    await api.outcome(bearing(token))
    expect(api.verifier.verify(bearing(token), reader)).toMatchObject({ ok: true })
    expect(api.asked).toEqual([token.digest])
  })

  test('a record is asked for again once its time is up', async () => {
    const api = createApi({ cacheTtlSeconds: 10 })
    const token = api.issue()
    await api.outcome(bearing(token))
    api.time.now = NOON + 9_999
    await api.outcome(bearing(token))
    expect(api.asked).toHaveLength(1)
    api.time.now = NOON + 10_000
    await api.outcome(bearing(token))
    expect(api.asked).toHaveLength(2)
  })

  test('an expiry that was moved is noticed at the old expiry, not at the end of the cache time', async () => {
    const api = createApi()
    const token = api.issue({ expiresAt: new Date(NOON + 1_000) })
    await api.outcome(bearing(token))
    api.table.set(token.digest, recordOf(token, { expiresAt: new Date(NOON + 99_000) }))
    api.time.now = NOON + 1_000
    expect(await api.outcome(bearing(token))).toBe('allowed')
  })

  test('a clock that steps back does not prolong cached lookups, also when it has caught up', async () => {
    const api = createApi()
    const [token, other] = [api.issue(), api.issue({ id: 'tok_2' })]
    await api.outcome(bearing(token))
    api.time.now = NOON - 3_600_000
    await api.outcome(bearing(other))
    api.time.now = NOON + 1
    api.asked.length = 0
    await api.outcome(bearing(token))
    expect(api.asked).toEqual([token.digest])
  })

  test('unknown and dead tokens are remembered briefly', async () => {
    const api = createApi({ negativeTtlSeconds: 5 })
    const revoked = api.issue({ revokedAt: new Date(NOON) })
    const unknown = format.mint()
    for (const _ of [1, 2]) {
      expect(await api.outcome(bearing(revoked))).toBe('revoked')
      expect(await api.outcome(bearing(unknown))).toBe('unknown_token')
    }
    expect(api.asked).toHaveLength(2)
    api.time.now = NOON + 5_000
    api.table.set(revoked.digest, recordOf(revoked))
    api.table.set(unknown.digest, recordOf(unknown))
    expect(await api.outcome(bearing(revoked))).toBe('allowed')
    expect(await api.outcome(bearing(unknown))).toBe('allowed')
  })

  test('a token that is deleted becomes unknown, and is not asked for at every request', async () => {
    const api = createApi({ cacheTtlSeconds: 1 })
    const token = api.issue()
    await api.outcome(bearing(token))
    api.table.clear()
    api.time.now = NOON + 1_000
    expect(await api.outcome(bearing(token))).toBe('unknown_token')
    expect(await api.outcome(bearing(token))).toBe('unknown_token')
    expect(api.asked).toHaveLength(2)
  })

  test('a flood of unknown tokens evicts no real one', async () => {
    const api = createApi({ cacheEntries: 2, negativeEntries: 2 })
    const token = api.issue()
    await api.outcome(bearing(token))
    for (let guess = 0; guess < 50; guess++) await api.outcome(bearing(format.mint()))
    expect(api.verifier.verify(bearing(token), reader)).toMatchObject({ ok: true })
  })

  test.each([
    ['revoked', { revokedAt: new Date(NOON - 1) }],
    ['superseded', { secretEndsAt: new Date(NOON) }],
    ['expired', { expiresAt: new Date(NOON) }],
    ['user_disabled', { disabled: 'user' }],
  ] as const)('a dead token evicts no live one, in however many ways it can be written: %s', async (reason, dead) => {
    const numbered = importedFormat({
      name: 'numbered',
      maxLength: 40,
      accepts: (credential) => /^\d+~dead$/.test(credential),
      digestedPart: (credential) => credential.slice(credential.indexOf('~')),
    })
    const api = createApi({ format: [format, numbered], cacheEntries: 2, negativeEntries: 2 })
    const token = api.issue()
    const [digest] = numbered.digests('1~dead') as [string]
    api.table.set(digest, { ...recordOf(token), id: 'dead', digest, ...dead })
    await api.outcome(bearing(token))
    for (let n = 0; n < 50; n++) expect(await api.outcome(bearing(`${n}~dead`))).toBe(reason)
    expect(api.verifier.verify(bearing(token), reader)).toMatchObject({ ok: true })
    expect(api.verifier.health.entries).toBe(1)
    const asked = api.asked.length
    expect(await api.outcome(bearing('49~dead'))).toBe(reason)
    expect(api.asked).toHaveLength(asked)
  })

  test('requests that ask at the same time share one lookup', async () => {
    const api = createApi()
    const token = api.issue()
    const outcomes = await Promise.all([1, 2, 3].map(() => api.outcome(bearing(token))))
    expect(outcomes).toEqual(['allowed', 'allowed', 'allowed'])
    expect(api.asked).toHaveLength(1)
  })

  test('a resolver may be asynchronous and answer with null', async () => {
    const api = createApi({ resolve: async () => null })
    expect(await api.outcome(bearing(format.mint()))).toBe('unknown_token')
  })
})

describe('faults', () => {
  test('are reported once for all who wait, and not remembered', async () => {
    const resolve = vi.fn().mockRejectedValueOnce(new Error('connection lost'))
    const api = createApi({ resolve })
    const token = format.mint()
    const outcomes = await Promise.all([1, 2, 3].map(() => api.outcome(bearing(token))))
    expect(outcomes).toEqual(['unavailable', 'unavailable', 'unavailable'])
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_RESOLVER_FAILED'])
    expect(api.faults[0]?.cause).toEqual(new Error('connection lost'))
    resolve.mockResolvedValue(recordOf(token))
    expect(await api.outcome(bearing(token))).toBe('allowed')
  })

  test('a resolver that hangs is aborted, and its late answer ignored', async () => {
    vi.useFakeTimers()
    const signals: AbortSignal[] = []
    let answer: (record: null) => void = () => {}
    const late = new Promise<null>((resolve) => {
      answer = resolve
    })
    const api = createApi({
      resolveTimeoutMs: 100,
      resolve(_, { signal }) {
        signals.push(signal)
        return late
      },
    })
    const outcome = api.outcome(bearing(format.mint()))
    await vi.advanceTimersByTimeAsync(100)
    expect(await outcome).toBe('unavailable')
    expect(signals[0]?.aborted).toBe(true)
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_RESOLVER_TIMEOUT'])
    answer(null)
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('more lookups than may be pending are refused', async () => {
    let answer: (record: null) => void = () => {}
    const hanging = new Promise<null>((resolve) => {
      answer = resolve
    })
    const api = createApi({ maxPendingLookups: 1, resolve: () => hanging })
    const first = api.outcome(bearing(format.mint()))
    for (const _ of [1, 2, 3]) expect(await api.outcome(bearing(format.mint()))).toBe('unavailable')
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_TOO_MANY_LOOKUPS'])
    answer(null)
    expect(await first).toBe('unknown_token')
  })

  test('a request that cannot be read is not let in', () => {
    const api = createApi()
    const broken = {
      ...reader,
      peer() {
        throw new Error('no socket')
      },
    }
    expect(api.verifier.verify(bearing(format.mint()), broken)).toMatchObject({ reason: 'unavailable' })
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_REQUEST_UNREADABLE'])
  })

  test('are printed without onError, and an onError that fails is ignored', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    const resolve = () => Promise.reject(new Error('down'))
    await createVerifier({ format, resolve }).verify(bearing(format.mint()), reader)
    expect(printed).toHaveBeenCalledExactlyOnceWith(expect.any(PatError))

    const onError = () => Promise.reject(new Error('logger is down too'))
    const decision = await createVerifier({ format, resolve, onError }).verify(bearing(format.mint()), reader)
    expect(decision).toMatchObject({ reason: 'unavailable', retryAfterSeconds: 1 })
  })
})

describe('formats', () => {
  const legacy = importedFormat({ name: 'legacy', maxLength: 40, accepts: (token) => token.startsWith('legacy') })

  test('the first that accepts decides', async () => {
    const api = createApi({ format: [format, legacy] })
    expect(await api.outcome(bearing('legacy-1'))).toBe('unknown_token')
    expect(await api.outcome(bearing('other-1'))).toBe('malformed_token')
    expect(await api.outcome(bearing(`legacy${'x'.repeat(40)}`))).toBe('malformed_token')
    expect(api.asked).toHaveLength(1)
  })

  test('an asynchronous check is waited for before the resolver is asked', async () => {
    const check = vi.fn(async (token: string) => token === 'legacy-good')
    const api = createApi({ format: importedFormat({ name: 'signed', maxLength: 40, accepts: () => true, check }) })
    expect(await api.outcome(bearing('legacy-bad'))).toBe('malformed_token')
    expect(api.asked).toHaveLength(0)
    expect(await api.outcome(bearing('legacy-good'))).toBe('unknown_token')
  })

  test.each([
    [
      'synchronously',
      () => {
        throw new Error('key missing')
      },
    ],
    ['asynchronously', () => Promise.reject(new Error('key missing'))],
  ])('one that fails %s refuses the request', async (_, check: () => never | Promise<never>) => {
    const api = createApi({ format: importedFormat({ name: 'signed', maxLength: 40, accepts: () => true, check }) })
    expect(await api.outcome(bearing('legacy-1'))).toBe('unavailable')
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_FORMAT_FAILED'])
  })

  test('a promise of another kind is waited for, and only true is genuine', async () => {
    for (const answer of [false, 'true', 1]) {
      // biome-ignore lint/suspicious/noThenProperty: what other realms and libraries give for promises
      const check = () => ({ then: (resolve: (value: unknown) => void) => resolve(answer) }) as never
      const api = createApi({ format: importedFormat({ name: 'signed', maxLength: 40, accepts: () => true, check }) })
      expect(await api.outcome(bearing('forged'))).toBe('malformed_token')
    }
  })

  test('one whose digests are not a list refuses the request', async () => {
    const digests = () => 'abc' as never
    const api = createApi({ format: { ...format, digests } })
    expect(await api.outcome(bearing(format.mint()))).toBe('unavailable')
    expect(api.faults[0]?.code).toBe('ERR_PAT_FORMAT_FAILED')
  })

  test('visible characters pass where a format says so, the comma never', async () => {
    const sanctum = importedFormat({
      name: 'sanctum',
      maxLength: 64,
      syntax: 'visible',
      accepts: (t) => t.includes('|'),
    })
    const api = createApi({ format: [format, sanctum] })
    expect(await api.outcome(bearing('7|secret!'))).toBe('unknown_token')
    expect(await api.outcome(bearing('7|sec,ret'))).toBe('malformed_credential')
    expect(await api.outcome(bearing('7|sécret'))).toBe('malformed_credential')
  })

  test('every pepper is asked for, and a record must have the digest that was', async () => {
    const peppers = [2, 1].map((id) => ({ id: `${id}`, key: new Uint8Array(32).fill(id) }))
    const peppered = tokenFormat({ prefix: 'acme_pat', peppers })
    const token = peppered.mint()
    const older = peppered.digests(token.reveal())[1] as string
    const api = createApi({ format: peppered })
    api.table.set(older, { ...recordOf(token), digest: older })
    expect(await api.outcome(bearing(token))).toBe('allowed')
    expect(api.asked).toEqual(peppered.digests(token.reveal()))
  })
})

describe('audit', () => {
  test('each use is one event with the decision, cached or not', async () => {
    const api = createApi()
    const token = api.issue({ userId: 'u1', principalId: 'p1', organizationId: 'o1' })
    const request = { ...bearing(token, '::ffff:192.0.2.7') }
    await api.outcome(request)
    await api.outcome(request)
    expect(api.events).toHaveLength(2)
    expect(api.events[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      at: new Date(NOON),
      kind: 'use',
      outcome: 'allowed',
      tokenId: 'tok_1',
      principalId: 'p1',
      organizationId: 'o1',
      userId: 'u1',
      clientIp: '192.0.2.7',
      requiredScopes: [],
      missingScopes: [],
      request: { id: null, method: 'GET', path: null, route: '/files', userAgent: null },
      count: 1,
      withdraws: null,
    })
  })

  test('what a client says is cut and escaped', async () => {
    const api = createApi()
    const rawHeaders = ['User-Agent', `a\u0007\u202e\u{e0001}\u2028${'b'.repeat(300)}`, 'X-Request-Id', 'r-1']
    await api.outcome({ rawHeaders, path: '/files/\u007f?access_token=secret?x' })
    expect(api.events[0]?.request.path).toBe('/files/\\u{7f}')
    expect(api.events[0]?.request.userAgent).toBe(`a\\u{7}\\u{202e}\\u{e0001}\\u{2028}${'b'.repeat(225)}`)
    expect(api.events[0]?.request.id).toBe('r-1')
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('disk full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ])('a callback that %s changes no answer', async (_, audit) => {
    const api = createApi({ audit })
    expect(await api.outcome(bearing(api.issue()))).toBe('allowed')
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_AUDIT_FAILED'])
  })

  test('a query that runs only when it is awaited is awaited', async () => {
    let rows = 0
    // biome-ignore lint/suspicious/noThenProperty: what lazy query builders return
    const insert = () => ({ then: () => void rows++ })
    const api = createApi({ audit: insert })
    await api.outcome(bearing(api.issue()))
    expect(rows).toBe(1)
  })

  test('an event that cannot be built for it is reported, and changes no answer', async () => {
    const api = createApi()
    const context = () => {
      throw new Error('no request')
    }
    expect(await api.verifier.verify(bearing(api.issue()), { ...reader, context })).toMatchObject({ ok: true })
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_AUDIT_FAILED'])
    expect(api.verifier.health.auditDropped).toBe(0)
  })

  test('no subscriber can change an event for the others', async () => {
    const rewrite = (message: unknown) => Object.assign(message as object, { outcome: 'denied' })
    const refused = vi.fn()
    const listener = (message: unknown) => {
      try {
        rewrite(message)
      } catch {
        refused()
      }
    }
    subscribe(AUDIT_CHANNEL, listener)
    const api = createApi()
    await api.outcome({ rawHeaders: [] })
    unsubscribe(AUDIT_CHANNEL, listener)
    expect(refused).toHaveBeenCalledOnce()
    expect(api.events[0]?.outcome).toBe('missing_credential')
  })

  test('what a subscriber does to an event does not reach the sink', async () => {
    const store = memorySink()
    const forge = (message: unknown) => {
      const { at, requiredScopes } = message as AuditEvent
      at.setTime(0)
      expect(() => (requiredScopes as string[]).push('forged')).toThrow(TypeError)
    }
    subscribe(AUDIT_CHANNEL, forge)
    const api = createApi({ audit: { mode: 'background', sink: store } })
    const request = bearing(api.issue())
    await adapter.patAuth(api.verifier)(request)
    await adapter.requireScope('admin')(request)
    unsubscribe(AUDIT_CHANNEL, forge)
    await api.verifier.close()
    const written = store.events.map(({ at, requiredScopes }) => [at.getTime(), requiredScopes])
    expect(written).toEqual([
      [NOON, []],
      [NOON, ['admin']],
    ])
  })

  test.each([
    ['before an escaped character', `${'a'.repeat(255)}😀`, 'a'.repeat(255)],
    ['after an escaped character', `\0${'a'.repeat(250)}😀`, `\\u{0}${'a'.repeat(250)}`],
    ['not where it fits', `${'a'.repeat(254)}😀b`, `${'a'.repeat(254)}😀`],
  ])('a long text is not cut in the middle of a character: %s', async (_, id, expected) => {
    const api = createApi()
    const context = () => ({ id, method: 'GET', path: null, route: null, userAgent: null })
    await api.verifier.verify({ rawHeaders: [] }, { ...reader, context })
    expect(api.events[0]?.request.id).toBe(expected)
  })

  test('subscribers of the channel receive events without any callback', async () => {
    const heard: unknown[] = []
    const listener = (message: unknown) => heard.push(message)
    subscribe(AUDIT_CHANNEL, listener)
    const resolve = () => null
    await createVerifier({ format, resolve }).verify({ rawHeaders: [] }, reader)
    unsubscribe(AUDIT_CHANNEL, listener)
    await createVerifier({ format, resolve }).verify({ rawHeaders: [] }, reader)
    expect(heard).toMatchObject([{ outcome: 'missing_credential', clientIp: null }])
  })
})

test('a record and its compiled form do not change each other', async () => {
  const scopes = ['drive:read']
  const api = createApi()
  const token = api.issue({ scopes })
  const stored = structuredClone(api.table.get(token.digest))
  const decision = await api.verifier.verify(bearing(token), reader)
  expect(api.table.get(token.digest)).toEqual(stored)
  expect(Object.isFrozen(api.table.get(token.digest))).toBe(false)
  scopes.push('admin')
  expect(decision.ok && decision.grant.record.scopes).toEqual(['drive:read'])
  expect(decision.ok && Object.isFrozen(decision.grant.record.scopes)).toBe(true)
})

test('a date that a handler changes is its own', async () => {
  const expiresAt = new Date(NOON)
  const api = createApi()
  const token = api.issue({ expiresAt: new Date(NOON + 1) })
  api.table.set(token.digest, recordOf(token, { expiresAt }))
  api.time.now = NOON - 1
  const decision = await api.verifier.verify(bearing(token), reader)
  if (decision.ok) decision.grant.record.expiresAt?.setTime(NOON + 99_000)
  expect(decision.ok).toBe(true)
  expect(expiresAt).toEqual(new Date(NOON))
})

test('a clock that returns no number refuses all requests', async () => {
  const api = createApi({ clock: () => Number.NaN })
  const token = api.issue({ expiresAt: new Date(NOON) })
  expect(await api.outcome(bearing(token))).not.toBe('allowed')
})

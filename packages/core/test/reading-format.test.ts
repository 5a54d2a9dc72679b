import { digestToken, PatError, type TokenFormat, type TokenRecord } from '@patkit/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bearing, createApi, format, NOON, reader } from './api.ts'

afterEach(() => vi.useRealTimers())

type Read = NonNullable<TokenFormat['read']>

/** A format whose credentials carry their record, as it reads them. */
function readingFormat(read: Read): TokenFormat {
  return {
    name: 'self',
    maxLength: 64,
    syntax: 'token68',
    accepts: (credential) => credential.startsWith('self.'),
    check: () => true,
    digests: (credential) => [digestToken(credential)],
    read,
  }
}

function recordOf(credential: string, members: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: credential,
    digest: digestToken(credential),
    scopes: ['drive:read'],
    expiresAt: null,
    revokedAt: null,
    ipAllowlist: null,
    userId: 'ada',
    principalId: 'ada',
    organizationId: 'acme',
    ...members,
  }
}

function createReadingApi(read: Read = (credential) => recordOf(credential), options = {}) {
  const spy = vi.fn(read)
  return { read: spy, ...createApi({ format: [format, readingFormat(spy)], ...options }) }
}

function codes({ faults }: { readonly faults: readonly PatError[] }): string[] {
  return faults.map(({ code }) => code)
}

describe('a format that reads its records itself', () => {
  test('is asked instead of the resolver, and is on record like any other', async () => {
    const api = createReadingApi()
    expect(await api.outcome(bearing('self.1'))).toBe('allowed')
    expect(await api.outcome(bearing(api.issue()))).toBe('allowed')
    expect(api.asked).toHaveLength(1)
    expect(api.events[0]).toMatchObject({ outcome: 'allowed', tokenId: 'self.1', userId: 'ada', principalId: 'ada' })
  })

  test('says why it refuses: to the operator once a minute and rule, to the client never', async () => {
    const api = createReadingApi((credential, lookup) => lookup.refuse(credential.slice(0, 6), `rule of ${credential}`))
    for (const credential of ['self.1', 'self.11', 'self.2']) {
      expect(await api.outcome(bearing(credential))).toBe('malformed_token')
    }
    expect(codes(api)).toEqual(['ERR_PAT_TOKEN_REFUSED', 'ERR_PAT_TOKEN_REFUSED'])
    expect(api.faults.map(({ message }) => message)).toEqual(['rule of self.1', 'rule of self.2'])
  })

  test('is asked once: what it has read is remembered, and then decided about synchronously', async () => {
    const api = createReadingApi()
    await api.outcome(bearing('self.1'))
    expect(api.verifier.verify(bearing('self.1'), reader)).toMatchObject({ ok: true })
    expect(api.read).toHaveBeenCalledOnce()
  })

  test('is asked once by requests that come at the same time', async () => {
    const api = createReadingApi(async (credential) => recordOf(credential))
    const outcomes = await Promise.all([1, 2, 3].map(() => api.outcome(bearing('self.1'))))
    expect(outcomes).toEqual(['allowed', 'allowed', 'allowed'])
    expect(api.read).toHaveBeenCalledOnce()
  })

  test('is called as a method', async () => {
    const own = { ...readingFormat(() => null), read: readThis, marker: 'self.1' }
    function readThis(this: unknown, credential: string) {
      return (this as typeof own).marker === credential ? recordOf(credential) : null
    }
    expect(await createApi({ format: own }).outcome(bearing('self.1'))).toBe('allowed')
  })

  test.each([null, undefined])('answers %s for an unknown token, which is remembered briefly', async (none) => {
    const api = createReadingApi(() => none)
    for (const _ of [1, 2]) expect(await api.outcome(bearing('self.1'))).toBe('unknown_token')
    expect(api.read).toHaveBeenCalledOnce()
    api.time.now = NOON + 5_000
    expect(await api.outcome(bearing('self.1'))).toBe('unknown_token')
    expect(api.read).toHaveBeenCalledTimes(2)
  })

  test('says with false that the credential is not genuine, which is not remembered', async () => {
    const api = createReadingApi()
    api.read.mockReturnValueOnce(false)
    expect(await api.outcome(bearing('self.1'))).toBe('malformed_token')
    expect(await api.outcome(bearing('self.1'))).toBe('allowed')
    expect(api.faults).toEqual([])
  })

  test('has its records judged: end, allowlist, and never beyond the end from memory', async () => {
    const expiresAt = new Date(NOON + 1_000)
    const api = createReadingApi((credential) => recordOf(credential, { expiresAt, ipAllowlist: ['192.0.2.7'] }))
    expect(await api.outcome(bearing('self.1', '192.0.2.8'))).toBe('ip_denied')
    expect(await api.outcome(bearing('self.1', '192.0.2.7'))).toBe('allowed')
    api.time.now = NOON + 1_000
    expect(await api.outcome(bearing('self.1', '192.0.2.7'))).toBe('expired')
    expect(api.read).toHaveBeenCalledTimes(2)
  })
})

describe('revocation', () => {
  test.each([
    ['a token', { kind: 'token', id: 'self.1', minVersion: null }],
    ['a principal', { kind: 'principal', id: 'ada' }],
    ['an organization', { kind: 'organization', id: 'acme' }],
    ['all', { kind: 'all' }],
  ] as const)('%s: the format is asked again', async (_, what) => {
    const api = createReadingApi()
    await api.outcome(bearing('self.1'))
    api.read.mockReturnValue(null)
    await api.verifier.invalidate(what)
    expect(await api.outcome(bearing('self.1'))).toBe('unknown_token')
  })

  test('a reading that began before is not believed', async () => {
    const answers: ((record: TokenRecord | null) => void)[] = []
    const api = createReadingApi(() => new Promise((resolve) => answers.push(resolve)))
    const outcome = api.outcome(bearing('self.1'))
    await api.verifier.invalidate({ kind: 'token', id: 'self.1', minVersion: null })
    answers[0]?.(recordOf('self.1'))
    await vi.waitUntil(() => answers.length === 2)
    answers[1]?.(null)
    expect(await outcome).toBe('unknown_token')
  })
})

describe('faults', () => {
  test('of the format answer 503, are reported once for all who share them, and are not remembered', async () => {
    const api = createReadingApi()
    api.read.mockRejectedValueOnce(new Error('no keys'))
    const outcomes = await Promise.all([1, 2].map(() => api.outcome(bearing('self.1'))))
    expect(outcomes).toEqual(['unavailable', 'unavailable'])
    expect(codes(api)).toEqual(['ERR_PAT_FORMAT_FAILED'])
    expect(api.faults[0]?.cause).toEqual(new Error('no keys'))
    expect(await api.outcome(bearing('self.1'))).toBe('allowed')
  })

  test('that were reported before are not reported again', async () => {
    const fault = new PatError('ERR_PAT_FORMAT_FAILED', 'keys could not be fetched')
    const api = createReadingApi(() => Promise.reject(fault))
    for (const credential of ['self.1', 'self.2']) expect(await api.outcome(bearing(credential))).toBe('unavailable')
    expect(api.faults).toEqual([fault])
  })

  test('a format that hangs is aborted and reported', async () => {
    vi.useFakeTimers()
    const signals: AbortSignal[] = []
    const hang: Read = (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const api = createReadingApi(hang, { resolveTimeoutMs: 100 })
    const outcome = api.outcome(bearing('self.1'))
    await vi.advanceTimersByTimeAsync(100)
    expect(await outcome).toBe('unavailable')
    expect(signals[0]?.aborted).toBe(true)
    expect(api.faults).toMatchObject([
      { code: 'ERR_PAT_FORMAT_FAILED', message: 'token format took longer than 100 ms' },
    ])
  })

  test('readings count among the lookups that may be pending', async () => {
    let answer: (none: null) => void = () => {}
    const hanging = new Promise<null>((resolve) => {
      answer = resolve
    })
    const api = createReadingApi(() => hanging, { maxPendingLookups: 1 })
    const first = api.outcome(bearing('self.1'))
    expect(await api.outcome(bearing('self.2'))).toBe('unavailable')
    expect(codes(api)).toEqual(['ERR_PAT_TOO_MANY_LOOKUPS'])
    answer(null)
    expect(await first).toBe('unknown_token')
  })

  test.each<[string, unknown]>([
    ['another credential', recordOf('self.2')],
    ['no scopes', { ...recordOf('self.1'), scopes: undefined }],
    ['an end that cannot be read', { ...recordOf('self.1'), expiresAt: new Date(Number.NaN) }],
    ['no object', ''],
    ['no object', 0],
    ['no object', true],
  ])('a record of %s is refused', async (_, record) => {
    const api = createReadingApi(() => record as TokenRecord)
    expect(await api.outcome(bearing('self.1'))).toBe('unavailable')
    expect(codes(api)).toEqual(['ERR_PAT_RECORD_INVALID'])
  })
})

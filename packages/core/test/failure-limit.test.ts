import type { TokenRecord } from '@patkit/core'
import { createFailureCounter, type FailureLimit } from '@patkit/core/adapter'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bearing, createApi, format, reader } from './api.ts'

const ADA = '192.0.2.7'
const WINDOW_SECONDS = 60

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A verifier that lets an address fail three times in a minute. */
function limited(limit: Partial<FailureLimit> = {}) {
  const limiter = new RateLimiterMemory({ points: 3, duration: WINDOW_SECONDS })
  const failureLimit: FailureLimit = { limiter, whenUnavailable: 'deny', ...limit }
  return createApi({ failureLimit, negativeTtlSeconds: 0.001 })
}

type Api = ReturnType<typeof limited>

async function fail(api: Api, times: number, peer = ADA): Promise<readonly string[]> {
  const reasons: string[] = []
  for (let n = 0; n < times; n++) reasons.push(await api.outcome(bearing(format.mint(), peer)))
  return reasons
}

test('an address that used up its failures is answered 429 without a lookup, until its window ends', async () => {
  const api = limited()
  expect(await fail(api, 5)).toEqual([
    'unknown_token',
    'unknown_token',
    'unknown_token',
    'rate_limited',
    'rate_limited',
  ])
  expect(api.asked).toHaveLength(3)
  const decision = await api.verifier.verify(bearing(format.mint(), ADA), reader)
  const { status, headers } = api.verifier.challenge(decision as never, null)
  expect(status).toBe(429)
  expect(Object.fromEntries(headers)['Retry-After']).toBe('60')
  vi.advanceTimersByTime(WINDOW_SECONDS * 1_000)
  expect(await fail(api, 1)).toEqual(['unknown_token'])
})

test('attempts during the window do not extend it', async () => {
  const api = limited()
  await fail(api, 3)
  for (let second = 0; second < WINDOW_SECONDS - 1; second++) {
    vi.advanceTimersByTime(1_000)
    expect(await fail(api, 1)).toEqual(['rate_limited'])
  }
  vi.advanceTimersByTime(1_000)
  expect(await fail(api, 4)).toEqual(['unknown_token', 'unknown_token', 'unknown_token', 'rate_limited'])
})

test('what the cache allows is never refused', async () => {
  const api = limited()
  const token = api.issue()
  expect(await api.outcome(bearing(token, ADA))).toBe('allowed')
  await fail(api, 4)
  expect(await api.outcome(bearing(token, ADA))).toBe('allowed')
  expect(await api.outcome(bearing(api.issue(), ADA))).toBe('rate_limited')
})

test('failures count by address, so that no stranger locks an owner out', async () => {
  const api = limited()
  const revoked = api.issue({ revokedAt: new Date(0) })
  for (let n = 0; n < 4; n++) await api.outcome(bearing(revoked, '203.0.113.9'))
  await fail(api, 4, '203.0.113.9')
  expect(await api.outcome(bearing(api.issue(), ADA))).toBe('allowed')
})

test('an IPv6 customer has one budget, and the size of its network is an option', async () => {
  const api = limited()
  await fail(api, 3, '2001:db8:1:2::1')
  expect(await fail(api, 1, '2001:db8:1:2:ffff::9')).toEqual(['rate_limited'])
  expect(await fail(api, 1, '2001:db8:1:3::1')).toEqual(['unknown_token'])
  const wide = limited({ ipv6PrefixBits: 48 })
  await fail(wide, 3, '2001:db8:1:2::1')
  expect(await fail(wide, 1, '2001:db8:1:3::1')).toEqual(['rate_limited'])
})

test('an unknown address has no budget', async () => {
  const api = limited()
  for (let n = 0; n < 6; n++) expect(await api.outcome(bearing(format.mint()))).toBe('unknown_token')
})

test.each<[string, (api: Api) => string, Partial<TokenRecord>]>([
  ['malformed credentials', () => 'a b', {}],
  ['bad checksums', () => `${format.mint().reveal().slice(0, -1)}!`, {}],
  ['revoked tokens', (api) => api.issue({ revokedAt: new Date(0) }).reveal(), {}],
  ['tokens at foreign addresses', (api) => api.issue({ ipAllowlist: ['198.51.100.1'] }).reveal(), {}],
])('%s count, audited or not', async (_, credential) => {
  const limiter = new RateLimiterMemory({ points: 3, duration: WINDOW_SECONDS })
  const api = createApi({ failureLimit: { limiter, whenUnavailable: 'deny' }, audit: undefined as never })
  for (let n = 0; n < 3; n++) await api.outcome(bearing(credential(api), ADA))
  expect(await api.outcome(bearing(format.mint(), ADA))).toBe('rate_limited')
})

test('requests without credentials and outages do not count', async () => {
  const api = limited()
  for (let n = 0; n < 5; n++) await api.outcome({ rawHeaders: [], peer: ADA })
  expect(await fail(api, 1)).toEqual(['unknown_token'])
})

test('the denial is on record with its address, and no token', async () => {
  const api = limited()
  await fail(api, 4)
  expect(api.events.at(-1)).toMatchObject({ outcome: 'rate_limited', clientIp: ADA, tokenId: null })
})

describe('while the store of the limiter fails', () => {
  const broken = {
    points: 3,
    get: () => Promise.reject(new Error('no connection')),
    consume: () => Promise.reject(new Error('no connection')),
  }

  test.each([
    ['deny', 'unavailable'],
    ['allow', 'allowed'],
  ] as const)('%s is %s, and the fault is reported once a minute', async (whenUnavailable, expected) => {
    const api = limited({ limiter: broken, whenUnavailable })
    expect(await api.outcome(bearing(api.issue(), ADA))).toBe(expected)
    expect(await api.outcome(bearing(api.issue(), ADA))).toBe(expected)
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_LIMITER_FAILED'])
  })

  test('a limiter without an answer is given up', async () => {
    const limiter = { ...broken, get: () => new Promise<never>(() => {}) }
    const api = limited({ limiter })
    const outcome = api.outcome(bearing(api.issue(), ADA))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await outcome).toBe('unavailable')
  })
})

test.each<[string, object]>([
  ['failureLimit.whenUnavailable', { whenUnavailable: undefined }],
  ['failureLimit.limiter', { limiter: undefined }],
  ['failureLimit.limiter.points', { limiter: { points: 0, get() {}, consume() {} } }],
  ['failureLimit.ipv6PrefixBits', { ipv6PrefixBits: 129 }],
  ['failureLimit.window', { window: 1 }],
])('the option %s is checked', (option, members) => {
  expect(() => limited(members)).toThrow(new RegExp(`^patkit option "${option}"|${option}`))
})

test('the option is an object', () => {
  expect(() => createApi({ failureLimit: 3 as never })).toThrow('"failureLimit" must be an object')
})

test('failures that no verifier sees count against the same budget', async () => {
  const limiter = new RateLimiterMemory({ points: 3, duration: WINDOW_SECONDS })
  const api = limited({ limiter })
  const faults: unknown[] = []
  const counter = createFailureCounter({ limiter, whenUnavailable: 'deny' }, (fault) => faults.push(fault))
  await fail(api, 2)
  expect(await counter.ask(ADA)).toBeNull()
  counter.count(ADA)
  counter.count(null)
  expect(await counter.ask(ADA)).toMatchObject({ reason: 'rate_limited', retryAfterSeconds: 60 })
  expect(await counter.ask(null)).toBeNull()
  expect(await fail(api, 1)).toEqual(['rate_limited'])
  expect(faults).toEqual([])
})

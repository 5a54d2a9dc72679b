import type { RateLimit } from '@patkit/core/adapter'
import { memorySink } from '@patkit/core/testing'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { adapter, bearing, createApi, type Request } from './api.ts'

const { patAuth, limitRate, requireScope } = adapter
const TWO_A_MINUTE = { points: 2, duration: 60 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function limit(options: Partial<RateLimit<Request>> = {}) {
  const limiter = new RateLimiterMemory(TWO_A_MINUTE)
  return limitRate({ limiter, by: 'token', whenUnavailable: 'deny', ...options })
}

type Guard = ReturnType<typeof limit>

async function send(api: ReturnType<typeof createApi>, guard: Guard, request: Request): Promise<string> {
  await patAuth(api.verifier)(request)
  const outcome = await guard(request)
  return outcome.ok ? 'ok' : outcome.denied.reason
}

test('a token has its points in each window, which begins with its first request and ends in time', async () => {
  const api = createApi()
  const [one, other] = [api.issue({ id: 'one' }), api.issue({ id: 'other' })]
  const guard = limit()
  expect(await send(api, guard, bearing(one))).toBe('ok')
  vi.advanceTimersByTime(59_000)
  expect(await send(api, guard, bearing(one))).toBe('ok')
  expect(await send(api, guard, bearing(one))).toBe('rate_limited')
  expect(await send(api, guard, bearing(other))).toBe('ok')
  vi.advanceTimersByTime(1_000)
  expect(await send(api, guard, bearing(one))).toBe('ok')
})

test('the answer is 429 with the seconds that are left, and is on record for the token', async () => {
  const api = createApi()
  const token = api.issue({ id: 'one' })
  const guard = limit()
  await send(api, guard, bearing(token))
  await send(api, guard, bearing(token))
  vi.advanceTimersByTime(45_500)
  const request = bearing(token)
  await patAuth(api.verifier)(request)
  const outcome = await guard(request)
  expect(outcome).toMatchObject({ ok: false, byGuard: true, challenge: { status: 429 } })
  if (!outcome.ok) expect(Object.fromEntries(outcome.challenge.headers)['Retry-After']).toBe('15')
  expect(api.events.at(-1)).toMatchObject({ kind: 'refused', outcome: 'rate_limited', tokenId: 'one' })
})

test('required audit has the denial before the answer', async () => {
  const sink = memorySink()
  const api = createApi({ audit: { mode: 'required', sink } })
  const token = api.issue({ id: 'one' })
  const guard = limit({ limiter: new RateLimiterMemory({ points: 1, duration: 60 }) })
  const sent = Promise.all([send(api, guard, bearing(token)), send(api, guard, bearing(token))])
  await vi.advanceTimersByTimeAsync(10)
  expect((await sent).toSorted()).toEqual(['ok', 'rate_limited'])
  expect(sink.events.filter(({ outcome }) => outcome === 'rate_limited')).toHaveLength(1)
})

test('tokens of one principal share its points, and those of another organization do not', async () => {
  const api = createApi()
  const guard = limit({ by: 'principal' })
  const tokenOf = (id: string, organizationId: string) => api.issue({ id, principalId: 'ada', organizationId })
  const tokens = [tokenOf('1', 'acme'), tokenOf('2', 'acme'), tokenOf('3', 'acme'), tokenOf('4', 'umbrella')]
  const outcomes = []
  for (const token of tokens) outcomes.push(await send(api, guard, bearing(token)))
  expect(outcomes).toEqual(['ok', 'ok', 'rate_limited', 'ok'])
})

test('tokens without a principal count alone', async () => {
  const api = createApi()
  const guard = limit({ by: 'principal' })
  const outcomes = []
  for (const id of ['1', '2', '3']) outcomes.push(await send(api, guard, bearing(api.issue({ id }))))
  expect(outcomes).toEqual(['ok', 'ok', 'ok'])
})

test('a route counts all tokens together', async () => {
  const api = createApi()
  const guard = limit({ by: 'route' })
  const outcomes = []
  for (const id of ['1', '2', '3']) outcomes.push(await send(api, guard, bearing(api.issue({ id }))))
  expect(outcomes).toEqual(['ok', 'ok', 'rate_limited'])
})

test('the limiter can depend on the record', async () => {
  const api = createApi()
  const [small, large] = [new RateLimiterMemory({ points: 1, duration: 60 }), new RateLimiterMemory(TWO_A_MINUTE)]
  const guard = limit({ limiter: ({ scopes }) => (scopes.includes('plan:large') ? large : small) })
  const outcomes = []
  for (const scopes of [['drive:read'], ['plan:large']]) {
    const token = api.issue({ id: scopes.join(), scopes })
    outcomes.push(await send(api, guard, bearing(token)), await send(api, guard, bearing(token)))
  }
  expect(outcomes).toEqual(['ok', 'rate_limited', 'ok', 'ok'])
})

test('a request without a grant is not counted, and one without patAuth is a mistake', async () => {
  const api = createApi()
  const request: Request = { rawHeaders: [] }
  await patAuth(api.verifier, { optional: true })(request)
  expect(await limit()(request)).toMatchObject({ ok: true, record: null })
  expect(await requireScope('a')(request)).toMatchObject({ ok: false })
  await expect(limit()({ rawHeaders: [] })).rejects.toMatchObject({ code: 'ERR_PAT_GUARD_WITHOUT_AUTH' })
})

const BROKEN = { points: 1, get: async () => null, consume: () => Promise.reject(new Error('no connection')) }

test.each([
  ['deny', 'unavailable'],
  ['allow', 'ok'],
] as const)('while the store of the limiter fails, %s is %s', async (whenUnavailable, expected) => {
  const api = createApi()
  expect(await send(api, limit({ limiter: BROKEN, whenUnavailable }), bearing(api.issue()))).toBe(expected)
  expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_LIMITER_FAILED'])
})

test('a limiter without an answer is given up', async () => {
  const api = createApi()
  const limiter = { ...BROKEN, consume: () => new Promise<never>(() => {}) }
  const sent = send(api, limit({ limiter }), bearing(api.issue()))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await sent).toBe('unavailable')
})

test.each<[string, object]>([
  ['limitRate.whenUnavailable', { whenUnavailable: undefined }],
  ['limitRate.by', { by: 'address' }],
  ['limitRate.limiter', { limiter: null }],
  ['limitRate.limiter.consume', { limiter: { points: 1, get() {} } }],
  ['limitRate.points', { points: 1 }],
])('the option %s is checked', (option, members) => {
  expect(() => limit(members)).toThrow(option)
})

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { appendedHeaders, headersOnHead, type LimiterState } from '@patkit/core/adapter'
import { describe, expect, onTestFinished, test } from 'vitest'
import { adapter, bearing, createApi } from './api.ts'

const { patAuth, limitRate } = adapter
const LISTS = [
  ['RateLimit-Policy', '"minute";q=60;w=60'],
  ['RateLimit', '"minute";r=59;t=60'],
] as const

interface Window extends LimiterState {
  readonly points: number
  readonly duration?: number
  readonly isPast?: boolean
}

/** The headers of a request that finds its limiter like this. */
async function headersOf(window: Window, policy?: string): Promise<readonly (readonly [string, string])[]> {
  const { points, duration, isPast, ...state } = window
  const consume = () => (isPast ? Promise.reject(state) : Promise.resolve(state))
  const limiter = { points, ...(duration !== undefined && { duration }), get: async () => null, consume }
  const api = createApi()
  const request = bearing(api.issue())
  await patAuth(api.verifier)(request)
  const outcome = await limitRate({
    limiter,
    by: 'token',
    whenUnavailable: 'deny',
    ...(policy !== undefined && { policy }),
  })(request)
  expect(outcome.ok).toBe(isPast !== true)
  return outcome.headers
}

describe('draft-ietf-httpapi-ratelimit-headers-10', () => {
  test('without the option no header is sent', async () => {
    expect(await headersOf({ points: 60, duration: 60, consumedPoints: 1, msBeforeNext: 60_000 })).toEqual([])
  })

  test.each<[string, Window, string, string]>([
    [
      'the quota, the window and the rest of both',
      { points: 60, duration: 60, consumedPoints: 1, msBeforeNext: 59_001 },
      'q=60;w=60',
      'r=59;t=60',
    ],
    [
      'nothing left past the points',
      { points: 60, duration: 60, consumedPoints: 61, msBeforeNext: 1, isPast: true },
      'q=60;w=60',
      'r=0;t=1',
    ],
    ['a window without an end', { points: 9, duration: 0, consumedPoints: 1, msBeforeNext: -1 }, 'q=9', 'r=8'],
    ['a limiter that does not tell its window', { points: 9, consumedPoints: 1, msBeforeNext: 1 }, 'q=9', 'r=8;t=1'],
    [
      'integers, also of fractions',
      { points: 9.5, duration: 0.5, consumedPoints: 1, msBeforeNext: 1 },
      'q=9;w=1',
      'r=8;t=1',
    ],
    [
      'at most the largest integer of structured fields',
      { points: Number.POSITIVE_INFINITY, duration: 60, consumedPoints: 1, msBeforeNext: 60_000 },
      'q=999999999999999;w=60',
      'r=999999999999999;t=60',
    ],
  ])('%s', async (_, window, policy, limit) => {
    expect(await headersOf(window, 'per minute')).toEqual([
      ['RateLimit-Policy', `"per minute";${policy}`],
      ['RateLimit', `"per minute";${limit}`],
    ])
  })

  test('quotes and backslashes of a name are escaped', async () => {
    const [[, policy] = []] = await headersOf({ points: 1, consumedPoints: 1, msBeforeNext: 1 }, 'a"b\\c')
    expect(policy).toBe('"a\\"b\\\\c";q=1')
  })

  test.each(['', 'per\u00a0minute', 'a\nb', 'x'.repeat(65), 1 as never, null as never])('%j is no name', (policy) => {
    const limiter = { points: 1, get: async () => null, consume: async () => ({ consumedPoints: 1, msBeforeNext: 1 }) }
    expect(() => limitRate({ limiter, by: 'token', whenUnavailable: 'deny', policy })).toThrow('"limitRate.policy"')
  })
})

/** The headers that a client of Node's own server gets. */
async function answered(answer: (response: ServerResponse) => void): Promise<Headers> {
  const server = createServer((_, response) => {
    for (const list of LISTS) headersOnHead(response, { vary: null, headers: [list] })
    answer(response)
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).headers
}

test.each<[string, string, (response: ServerResponse) => unknown]>([
  ['no head of its own', '', () => {}],
  ['a head with headers', '', (response) => response.writeHead(200, { 'X-Other': '1' })],
  ['headers that an error handler removes', '', (response) => response.removeHeader('RateLimit')],
  ['a list of the app', '"day";r=1, ', (response) => response.setHeader('RateLimit', '"day";r=1')],
])('lists are added to what the app writes: %s', async (_, before, writeHead) => {
  const headers = await answered((response) => {
    writeHead(response)
    response.end()
  })
  expect(headers.get('ratelimit')).toBe(`${before}"minute";r=59;t=60`)
  expect(headers.get('ratelimit-policy')).toBe('"minute";q=60;w=60')
})

test('elsewhere the lists come with what a response has of them', () => {
  const present = { get: (name: string) => (name === 'RateLimit' ? '"day";r=1' : null) }
  expect(appendedHeaders(present, { vary: 'Authorization', headers: LISTS })).toEqual([
    ['Vary', 'Authorization'],
    ['RateLimit-Policy', '"minute";q=60;w=60'],
    ['RateLimit', '"day";r=1, "minute";r=59;t=60'],
  ])
})

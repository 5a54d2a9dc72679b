import { hasTruncatedHeaders, type RequestReader } from '@patkit/core/adapter'
import { describe, expect, test } from 'vitest'
import { adapter, bearing, createApi, NOON, type Request, reader } from './api.ts'

function headers(lines: number, server?: object, httpVersionMajor?: number) {
  const rawHeaders = Array.from({ length: lines }, (_, n) => [`a${n}`, 'b']).flat()
  return {
    rawHeaders,
    ...(server !== undefined && { socket: { server } }),
    ...(httpVersionMajor !== undefined && { httpVersionMajor }),
  }
}

describe('a Node request', () => {
  test.each([
    ['as many lines as Node reads by default', headers(1_000), true],
    ['one line fewer', headers(999), false],
    ['more lines than Node reads', headers(1_023), true],
    ['a server without a limit of its own', headers(1_000, { maxHeadersCount: null }), true],
    ['a server with a lower limit, reached', headers(50, { maxHeadersCount: 50 }), true],
    ['a server with a lower limit, not reached', headers(49, { maxHeadersCount: 50 }), false],
    ['a server with a higher limit', headers(1_500, { maxHeadersCount: 2_000 }), false],
    ['a server that reads every line', headers(5_000, { maxHeadersCount: 0 }), false],
    ['a socket that no server has accepted', { ...headers(1_000), socket: {} }, true],
    ['HTTP/2, which drops no line', headers(1_000, {}, 2), false],
    ['HTTP/1.1', headers(1_000, {}, 1), true],
    ['no lines at all', headers(0, { maxHeadersCount: 1 }), false],
  ])('with %s', (_name, request, truncated) => {
    expect(hasTruncatedHeaders(request)).toBe(truncated)
  })
})

describe('a request whose header lines may have been dropped', () => {
  const truncating: RequestReader<Request> = { ...reader, isTruncated: () => true }

  test('is refused as malformed, from no address, and reported once a minute', async () => {
    const api = createApi({ trustedProxies: ['10.0.0.0/8'] })
    const request = bearing(api.issue({ ipAllowlist: ['10.0.0.0/8'] }), '10.0.0.1')
    const reasons: unknown[] = []
    for (const now of [NOON, NOON + 59_999, NOON + 60_000, NOON - 1]) {
      api.time.now = now
      reasons.push(await api.verifier.verify(request, truncating))
    }
    expect(reasons).toEqual(Array(4).fill(expect.objectContaining({ ok: false, reason: 'malformed_credential' })))
    expect(api.events.map(({ clientIp }) => clientIp)).toEqual([null, null, null, null])
    // At noon, a minute later, and when the clock has stepped back.
    expect(api.faults.map(({ code }) => code)).toEqual(Array(3).fill('ERR_PAT_HEADERS_TRUNCATED'))
    expect(api.asked).toEqual([])
  })
})

test('a request that cannot be read is answered, without its id', async () => {
  const api = createApi({ audit: () => {} })
  const unreadable = new Proxy({} as Request, {
    get() {
      throw new Error('no headers')
    },
  })
  const outcome = await adapter.patAuth(api.verifier)(unreadable)
  expect(outcome).toMatchObject({ ok: false, denied: { reason: 'unavailable' }, challenge: { status: 503 } })
})

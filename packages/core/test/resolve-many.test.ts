import { createVerifier, type TokenRecord, tokenFormat } from '@patkit/core'
import { describe, expect, test } from 'vitest'
import { bearing, format, reader, recordOf } from './api.ts'

function batching(maxBatch: number, options: object = {}) {
  const table = new Map<string, TokenRecord>()
  const calls: string[][] = []
  const faults: string[] = []
  const verifier = createVerifier<TokenRecord>({
    format,
    maxBatch,
    resolveMany(digests: readonly string[]) {
      calls.push([...digests])
      return new Map(
        digests.flatMap((digest) => (table.has(digest) ? [[digest, table.get(digest) as TokenRecord]] : [])),
      )
    },
    onError: (fault) => faults.push(fault.code),
    ...options,
  })
  const issue = (members: Partial<TokenRecord> = {}) => {
    const token = format.mint()
    table.set(token.digest, recordOf(token, members))
    return token
  }
  const outcome = async (token: ReturnType<typeof issue>) => {
    const decision = await verifier.verify(bearing(token), reader)
    return decision.ok ? 'allowed' : decision.reason
  }
  return { calls, faults, issue, outcome, table }
}

describe('resolveMany', () => {
  test('is asked once for all misses of one turn, and once for each token', async () => {
    const api = batching(64)
    const [first, second, unknown] = [api.issue({ id: 'a' }), api.issue({ id: 'b' }), format.mint()]
    const outcomes = await Promise.all([first, second, unknown, first].map(api.outcome))
    expect(outcomes).toEqual(['allowed', 'allowed', 'unknown_token', 'allowed'])
    expect(api.calls).toEqual([[first.digest, second.digest, unknown.digest]])
  })

  test('is never asked for more than maxBatch at once', async () => {
    const api = batching(2)
    const tokens = Array.from({ length: 5 }, () => api.issue())
    await Promise.all(tokens.map(api.outcome))
    expect(api.calls.map((digests) => digests.length)).toEqual([2, 2, 1])
  })

  test('a record that is wrong spoils no other', async () => {
    const api = batching(64)
    const [good, bad] = [api.issue(), api.issue({ scopes: null as never })]
    expect(await Promise.all([good, bad].map(api.outcome))).toEqual(['allowed', 'unavailable'])
    expect(api.faults).toEqual(['ERR_PAT_RECORD_INVALID'])
  })

  test('a failure is reported once for all whom it hits', async () => {
    const resolveMany = () => Promise.reject(new Error('connection lost'))
    const api = batching(64, { resolveMany })
    expect(await Promise.all([api.issue(), api.issue()].map(api.outcome))).toEqual(['unavailable', 'unavailable'])
    expect(api.faults).toEqual(['ERR_PAT_RESOLVER_FAILED'])
  })

  test.each([null, [], {}, 'none'])('an answer that is no map fails: %j', async (answer) => {
    const api = batching(64, { resolveMany: () => answer })
    expect(await api.outcome(api.issue())).toBe('unavailable')
    expect(api.faults).toEqual(['ERR_PAT_RESOLVER_FAILED'])
  })

  test('all digests of a token are asked for together, and stay together', async () => {
    const peppers = [2, 1].map((id) => ({ id: `${id}`, key: new Uint8Array(32).fill(id) }))
    const peppered = tokenFormat({ prefix: 'acme_pat', peppers })
    const api = batching(3, { format: peppered })
    const tokens = [peppered.mint(), peppered.mint()]
    const [older, newer] = tokens.map((token) => peppered.digests(token.reveal())) as [string[], string[]]
    api.table.set(older[1] as string, { ...recordOf(tokens[0] as never), digest: older[1] as string })
    expect(await Promise.all(tokens.map(api.outcome))).toEqual(['allowed', 'unknown_token'])
    expect(api.calls).toEqual([older, newer])
  })
})

import { createFailureCounter } from '@patkit/core/adapter'
import { describe, expect, test } from 'vitest'
import { memoryLimiter } from '../src/serve/memory-limiter.ts'

const START = Date.UTC(2026, 0, 1)

function limiterAt(mostKeys = 100) {
  let now = START
  const limiter = memoryLimiter({ points: 2, duration: 60, mostKeys, clock: () => now })
  const count = (key: string) => limiter.consume(key).catch((refusal: unknown) => ({ refusal }))
  const at = (seconds: number) => {
    now = START + seconds * 1_000
  }
  return { limiter, count, at }
}

describe('the limiter in memory', () => {
  test('counts in a window, which begins with the first count and ends in time', async () => {
    const { limiter, count, at } = limiterAt()
    expect(await limiter.get('a')).toBeNull()
    expect(await count('a')).toEqual({ consumedPoints: 1, msBeforeNext: 60_000 })
    at(20)
    expect(await count('a')).toEqual({ consumedPoints: 2, msBeforeNext: 40_000 })
    expect(await count('a')).toEqual({ refusal: { consumedPoints: 3, msBeforeNext: 40_000 } })
    expect(await limiter.get('b')).toBeNull()
    at(59.999)
    expect(await limiter.get('a')).toEqual({ consumedPoints: 3, msBeforeNext: 1 })
    at(60)
    expect(await limiter.get('a')).toBeNull()
    expect(await count('a')).toEqual({ consumedPoints: 1, msBeforeNext: 60_000 })
  })

  test('a clock that steps back makes no window longer', async () => {
    const { limiter, count, at } = limiterAt()
    at(3_600)
    await count('a')
    at(0)
    expect(await limiter.get('a')).toBeNull()
    expect(await count('a')).toEqual({ consumedPoints: 1, msBeforeNext: 60_000 })
  })

  test('a flood of networks is not remembered past its bound, and an address that goes on keeps its failures', async () => {
    const { limiter, count } = limiterAt(100)
    const failures = createFailureCounter({ limiter, whenUnavailable: 'allow' }, (fault) => {
      throw fault
    })
    const networks = Array.from({ length: 1_000 }, (_, index) => `2001:db8:0:${index.toString(16)}::/64`)
    for (const network of networks) {
      failures.count(network.replace('/64', '1'))
      await count('192.0.2.1')
    }
    const known = await Promise.all(networks.map((network) => limiter.get(network)))
    expect(known.filter((state) => state !== null)).toHaveLength(99)
    expect(await failures.ask('192.0.2.1')).toMatchObject({ reason: 'rate_limited' })
    expect(await failures.ask('2001:db8:0:3e7::2')).toBeNull()
  })
})

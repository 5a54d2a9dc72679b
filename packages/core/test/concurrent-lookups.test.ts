import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bearing, createApi, format } from './api.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A resolver that answers each call when the test says so. */
function waitingApi(maxConcurrentLookups?: number) {
  const calls: { readonly digest: string; answer(): void; fail(): void }[] = []
  const api = createApi({
    ...(maxConcurrentLookups !== undefined && { maxConcurrentLookups }),
    resolveTimeoutMs: 100,
    clock: Date.now,
    resolve: (digest) =>
      new Promise((resolve, reject) => {
        calls.push({
          digest,
          answer: () => resolve(api.table.get(digest)),
          fail: () => reject(new Error('connection lost')),
        })
      }),
  })
  const tokens = Array.from({ length: 5 }, (_, index) => api.issue({ id: `tok_${index}` }))
  const ask = (index: number) => api.outcome(bearing(tokens[index] as (typeof tokens)[number]))
  const asked = () => calls.map(({ digest }) => tokens.findIndex((token) => token.digest === digest))
  const rest = () => vi.advanceTimersByTimeAsync(0)
  return { ...api, calls, ask, asked, rest }
}

describe('calls of the resolver', () => {
  test('past maxConcurrentLookups wait in order', async () => {
    const { verifier, calls, ask, asked, rest } = waitingApi(2)
    const outcomes = [0, 1, 2, 3].map(ask)
    await rest()
    expect(asked()).toEqual([0, 1])
    expect(verifier.health.calls).toEqual({ running: 2, waiting: 2, peak: 2 })
    calls[1]?.answer()
    await rest()
    expect(asked()).toEqual([0, 1, 2])
    calls[0]?.fail()
    await rest()
    expect(asked()).toEqual([0, 1, 2, 3])
    for (const { answer } of calls) answer()
    expect(await Promise.all(outcomes)).toEqual(['unavailable', 'allowed', 'allowed', 'allowed'])
    expect(verifier.health.calls).toEqual({ running: 0, waiting: 0, peak: 2 })
  })

  test('that hang make room for those that wait when their time is up', async () => {
    const { faults, verifier, calls, ask, asked, rest } = waitingApi(1)
    const first = ask(0)
    await vi.advanceTimersByTimeAsync(60)
    const second = ask(1)
    await vi.advanceTimersByTimeAsync(30)
    calls[0]?.answer()
    await rest()
    expect(asked()).toEqual([0, 1])
    const third = ask(2)
    await vi.advanceTimersByTimeAsync(60)
    const fourth = ask(3)
    await vi.advanceTimersByTimeAsync(10)
    // The call for the second was given up after 100 ms, and has made room for the third one.
    expect(asked()).toEqual([0, 1, 2])
    await vi.advanceTimersByTimeAsync(30)
    expect(asked()).toEqual([0, 1, 2, 3])
    calls[3]?.answer()
    expect(await Promise.all([first, second, third, fourth])).toEqual([
      'allowed',
      'unavailable',
      'unavailable',
      'allowed',
    ])
    expect(faults.map(({ code }) => code)).toEqual(['ERR_PAT_RESOLVER_TIMEOUT', 'ERR_PAT_RESOLVER_TIMEOUT'])
    calls[1]?.answer()
    calls[2]?.answer()
    await rest()
    expect(verifier.health.calls).toEqual({ running: 0, waiting: 0, peak: 1 })
  })

  test.each([500, 1_000])('%i that are given up at once move no list', async (count) => {
    const { verifier, issue, outcome, rest } = waitingApi(4)
    const moved = movedElements()
    const outcomes = Array.from({ length: count }, () => outcome(bearing(issue())))
    await rest()
    expect(verifier.health.calls).toEqual({ running: 4, waiting: count - 4, peak: 4 })
    await vi.advanceTimersByTimeAsync(100)
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['unavailable']))
    expect(verifier.health.calls).toEqual({ running: 0, waiting: 0, peak: 4 })
    // Lists of other parts, none of which is as long as the line.
    expect(moved()).toBeLessThan(count)
  })

  test('of a flood of unknown tokens keep no place, and a token that the cache has passes meanwhile', async () => {
    const { verifier, calls, ask, outcome, asked, rest } = waitingApi(2)
    const good = ask(0)
    await rest()
    calls[0]?.answer()
    expect(await good).toBe('allowed')
    const flood = Array.from({ length: 200 }, () => outcome(bearing(format.mint())))
    await rest()
    expect(verifier.health.calls).toEqual({ running: 2, waiting: 198, peak: 2 })
    expect(await ask(0)).toBe('allowed')
    await vi.advanceTimersByTimeAsync(100)
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['unavailable']))
    const next = ask(1)
    await rest()
    expect(asked().at(-1)).toBe(1)
    calls.at(-1)?.answer()
    expect(await next).toBe('allowed')
  })

  test('that were under way when the clock was set back are repeated', async () => {
    const { calls, ask, asked, rest } = waitingApi()
    const outcome = ask(0)
    await rest()
    vi.setSystemTime(Date.now() - 3_600_000)
    calls[0]?.answer()
    await rest()
    expect(asked()).toEqual([0, 0])
    calls[1]?.answer()
    expect(await outcome).toBe('allowed')
  })

  test('are limited to 32 by default', async () => {
    const { verifier, issue, outcome, rest } = waitingApi()
    for (let index = 0; index < 40; index++) void outcome(bearing(issue()))
    await rest()
    expect(verifier.health.calls).toEqual({ running: 32, waiting: 8, peak: 32 })
  })
})

/** Counts the elements of the arrays that values are searched in or taken out of. */
function movedElements(): () => number {
  const { shift, splice, indexOf } = Array.prototype
  const plain = { shift, splice, indexOf }
  let count = 0
  for (const [name, method] of Object.entries(plain)) {
    const counting = function (this: unknown[], ...given: unknown[]) {
      count += this.length
      return Reflect.apply(method, this, given)
    }
    Object.defineProperty(Array.prototype, name, { value: counting })
  }
  return () => {
    for (const [name, value] of Object.entries(plain)) Object.defineProperty(Array.prototype, name, { value })
    return count
  }
}

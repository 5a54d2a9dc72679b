import type { Limiter, LimiterState } from '@patkit/core/adapter'
import { LRUCache } from 'lru-cache'

interface LimiterSettings {
  /** How much a key may count in one window. */
  readonly points: number
  /** The length of a window in seconds. */
  readonly duration: number
  /** How many keys are remembered: past it, the key that has not counted for the longest time is forgotten. */
  readonly mostKeys: number
  readonly clock: () => number
}

interface Window {
  readonly endsAt: number
  consumedPoints: number
}

/**
 * Counts in the memory of this process, which keys that strangers choose cannot fill: an IPv6 customer has thousands of
 * networks, and each is a key.
 */
export function memoryLimiter({ points, duration, mostKeys, clock }: LimiterSettings): Limiter {
  const windows = new LRUCache<string, Window>({ max: mostKeys })

  function opened(key: string, now: number): Window {
    const window = { endsAt: now + duration * 1_000, consumedPoints: 0 }
    windows.set(key, window)
    return window
  }

  return {
    points,
    duration,
    async get(key) {
      const [window, now] = [windows.peek(key), clock()]
      return window !== undefined && isOpen(window, now) ? stateOf(window, now) : null
    },
    async consume(key, count = 1) {
      const [known, now] = [windows.get(key), clock()]
      const window = known !== undefined && isOpen(known, now) ? known : opened(key, now)
      window.consumedPoints += count
      const state = stateOf(window, now)
      // As the interface has it: a refusal is no error.
      if (window.consumedPoints > points) throw state
      return state
    },
  }

  /** Also after a clock that stepped back, no window is longer than its duration. */
  function isOpen({ endsAt }: Window, now: number): boolean {
    return now < endsAt && endsAt - now <= duration * 1_000
  }
}

function stateOf({ endsAt, consumedPoints }: Window, now: number): LimiterState {
  return { consumedPoints, msBeforeNext: endsAt - now }
}

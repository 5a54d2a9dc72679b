import { setTimeout as wait } from 'node:timers/promises'

/** Resolves when the next request may be sent. */
export type Turn = () => Promise<void>

/**
 * Hands out turns in order, at most so many a second. Without it, tokens that stay in use for longer add load, which
 * keeps them in use for longer still.
 */
export function createPacer(perSecond: number): Turn {
  let next = 0
  return async () => {
    const now = performance.now()
    next = Math.max(now, next + 1_000 / perSecond)
    if (next > now) await wait(next - now)
  }
}

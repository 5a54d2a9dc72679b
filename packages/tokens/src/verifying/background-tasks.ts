/** Work that a request starts and does not wait for. */
export interface BackgroundTasks {
  /** Takes work, unless the same was taken within `quietMs`. */
  take(key: string, now: number, quietMs: number, work: () => Promise<void>): void
  /** Resolves when all work is done, or has failed and is reported. */
  settled(): Promise<void>
}

/** Past it the oldest keys are dropped, and their work may run once more than needed. */
const MOST_KEYS = 10_000

export function createBackgroundTasks(failed: (cause: unknown) => void): BackgroundTasks {
  const quietUntil = new Map<string, number>()
  let last: Promise<void> = Promise.resolve()

  return {
    take(key, now, quietMs, work) {
      if (now < (quietUntil.get(key) ?? 0)) return
      quietUntil.delete(key)
      quietUntil.set(key, now + quietMs)
      if (quietUntil.size > MOST_KEYS) quietUntil.delete(quietUntil.keys().next().value as string)
      last = last.then(work).catch(failed)
    },
    settled: () => last,
  }
}

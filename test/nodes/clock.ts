/** A clock that can hurry: a channel with a long silence then ends it soon, and is patient before and afterwards. */
export interface HurryingClock {
  readonly now: () => number
  /** From now on it runs faster. */
  hurry(): void
  /** From now on it runs as others do, and stays ahead. */
  relax(): void
}

/** How many times as fast a clock runs that hurries. */
const HASTE = 100

export function hurryingClock(): HurryingClock {
  let haste = 1
  let since = Date.now()
  let shown = since
  const now = () => shown + (Date.now() - since) * haste
  const run = (times: number) => {
    shown = now()
    since = Date.now()
    haste = times
  }
  return { now, hurry: () => run(HASTE), relax: () => run(1) }
}

interface Timer {
  readonly due: number
  readonly order: number
  readonly run: () => void
}

/** Time that passes only on demand, and the timers and turns of the event loop that hang on it. */
export interface Timeline {
  readonly now: number
  /** Whether a timer is late: the process was paused. */
  readonly overdue: boolean
  /** Whether something waits for the next turn of the event loop. */
  readonly turnWaiting: boolean
  /** Lets time pass without any timer having run, as in a process that is paused. */
  pause(ms: number): void
  /** Moves to the next timer that is due up to an instant and runs it; `false` without one. */
  runTimer(until: number): boolean
  runTurn(): void
  /** Puts these timers in the place of the global ones; the answer puts those back. */
  install(): () => void
}

export function createTimeline(start: number): Timeline {
  const timers = new Set<Timer>()
  let turn: (() => void)[] = []
  let now = start
  let order = 0

  function setTimer(run: () => void, ms: number): Timer {
    const timer = { due: now + ms, order: order++, run }
    timers.add(timer)
    return timer
  }

  function earliest(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) if (first === undefined || isBefore(timer, first)) first = timer
    return first
  }

  function runTimer(until: number): boolean {
    const timer = earliest()
    if (timer === undefined || timer.due > until) return false
    timers.delete(timer)
    now = Math.max(now, timer.due)
    timer.run()
    return true
  }

  const fakes = {
    setTimeout: setTimer,
    clearTimeout: (timer: Timer) => void timers.delete(timer),
    setImmediate: (run: () => void) => void turn.push(run),
  }

  return {
    get now() {
      return now
    },
    get overdue() {
      return (earliest()?.due ?? Number.POSITIVE_INFINITY) <= now
    },
    get turnWaiting() {
      return turn.length > 0
    },
    pause(ms) {
      now += ms
    },
    runTimer,
    runTurn() {
      const waiting = turn
      turn = []
      for (const run of waiting) run()
    },
    install() {
      const { setTimeout, clearTimeout, setImmediate } = globalThis
      Object.assign(globalThis, fakes)
      return () => void Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate })
    },
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due === other.due ? one.order < other.order : one.due < other.due
}

/** How calls of the resolver stand. */
export interface CallHealth {
  /** Calls under way. */
  readonly running: number
  /** Calls that wait for others to end. */
  readonly waiting: number
  /** The most that were under way at the same time since the start. */
  readonly peak: number
}

/** Lets a limited number of calls be under way. The others wait in order. */
export interface Gate {
  /**
   * Makes a call in its turn.
   *
   * @param signal aborted when the call is given up: then it makes room, whether or not it ends
   * @throws what the call rejects with, or the reason of a signal that was aborted before its turn
   */
  pass<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>
  readonly health: CallHealth
}

/** All calls have the same time: those before one in the line are given up before it is, so that its turn comes in time. */
export function createGate(most: number): Gate {
  const line = createLine<() => void>()
  let running = 0
  let peak = 0

  function enter(): void {
    running++
    peak = Math.max(peak, running)
  }

  /** The next call takes the place of this one. */
  function leave(): void {
    const next = line.shift()
    if (next === undefined) running--
    else next()
  }

  return {
    async pass(signal, call) {
      if (running < most) enter()
      else await new Promise<void>((resolve) => line.push(resolve))
      const left = once(leave)
      signal.addEventListener('abort', left)
      try {
        signal.throwIfAborted()
        return await call()
      } finally {
        left()
      }
    },
    get health() {
      return { running, waiting: line.length, peak }
    },
  }
}

interface Line<T> {
  push(value: T): void
  /** The first one, which leaves the line. */
  shift(): T | undefined
  readonly length: number
}

interface Place<T> {
  readonly value: T
  next?: Place<T>
}

/** An array moves all its values when the first one leaves, and thousands leave at once when their time is up. */
function createLine<T>(): Line<T> {
  let first: Place<T> | undefined
  let last: Place<T> | undefined
  let length = 0
  return {
    push(value) {
      const place: Place<T> = { value }
      if (last === undefined) first = place
      else last.next = place
      last = place
      length++
    },
    shift() {
      if (first === undefined) return undefined
      const { value, next } = first
      first = next
      if (next === undefined) last = undefined
      length--
      return value
    },
    get length() {
      return length
    },
  }
}

/** A call that was given up leaves before it ends. */
function once(run: () => void): () => void {
  let done = false
  return () => {
    if (!done) run()
    done = true
  }
}

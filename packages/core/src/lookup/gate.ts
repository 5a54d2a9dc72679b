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
   * @param signal aborted when the call is given up: then it leaves its place, in the line or under way
   * @throws the reason of the signal, where it is aborted in the line
   */
  pass<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>
  readonly health: CallHealth
}

export function createGate(most: number): Gate {
  const line: (() => void)[] = []
  let running = 0
  let peak = 0

  function enter(): void {
    running++
    peak = Math.max(peak, running)
  }

  function leave(): void {
    running--
    line.shift()?.()
  }

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', giveUp)
        enter()
        resolve()
      }
      const giveUp = () => {
        line.splice(line.indexOf(go), 1)
        reject(signal.reason)
      }
      line.push(go)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  return {
    async pass(signal, call) {
      if (running < most) enter()
      else await turn(signal)
      const left = once(leave)
      signal.addEventListener('abort', left, { once: true })
      try {
        return await call()
      } finally {
        signal.removeEventListener('abort', left)
        left()
      }
    },
    get health() {
      return { running, waiting: line.length, peak }
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

import type { Use } from './store.ts'

/** Uses gathered in memory, so that no request waits for a write and a token is written once for many uses. */
export interface UseLedger {
  note(tokenId: string, at: number, ip: string | null): void
  /** The last use that is not yet written, in epoch milliseconds. */
  lastUse(tokenId: string): number | null
  flush(): Promise<void>
  /** Flushes a last time and takes no more. */
  close(): Promise<void>
}

interface Gathered {
  at: number
  ip: string | null
  count: number
}

/** Past it uses of further tokens are not noted until the next flush: a store that is away must not fill the memory. */
const MOST_TOKENS = 100_000
const LARGEST_BATCH = 1_000

export function createUseLedger(
  touch: (uses: readonly Use[]) => Promise<void>,
  flushMs: number,
  failed: (cause: unknown) => void,
): UseLedger {
  let gathered = new Map<string, Gathered>()
  /** What is being written can still be asked for, and comes back if the write fails. */
  let writing = new Map<string, Gathered>()
  let timer: ReturnType<typeof setTimeout> | null = null
  let flushing: Promise<void> | null = null
  let closed = false

  function add(tokenId: string, { at, ip, count }: Gathered): void {
    const use = gathered.get(tokenId)
    if (use !== undefined) {
      use.count += count
      if (at >= use.at) Object.assign(use, { at, ip })
      return
    }
    if (closed || gathered.size >= MOST_TOKENS) return
    gathered.set(tokenId, { at, ip, count })
    timer ??= unheld(setTimeout(() => void flush(), flushMs))
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    flushing ??= write().finally(() => {
      flushing = null
    })
    return flushing
  }

  async function write(): Promise<void> {
    writing = gathered
    gathered = new Map()
    const uses = Array.from(writing, ([tokenId, { at, ip, count }]) => ({ tokenId, at: new Date(at), ip, count }))
    for (let start = 0; start < uses.length; start += LARGEST_BATCH) {
      const batch = uses.slice(start, start + LARGEST_BATCH)
      try {
        await touch(batch)
      } catch (cause) {
        failed(cause)
        for (const { tokenId, at, ip, count } of batch) add(tokenId, { at: at.getTime(), ip, count })
      }
    }
    writing = new Map()
  }

  return {
    note: (tokenId, at, ip) => add(tokenId, { at, ip, count: 1 }),
    lastUse: (tokenId) => gathered.get(tokenId)?.at ?? writing.get(tokenId)?.at ?? null,
    flush,
    async close() {
      await flushing
      await flush()
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

/** A timer that does not keep the process alive, where the runtime has such. */
function unheld(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  timer.unref?.()
  return timer
}

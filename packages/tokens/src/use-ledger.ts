import { randomUUID } from 'node:crypto'
import type { Use, UseBatch } from './store.ts'

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

interface Batch {
  readonly number: number
  readonly uses: readonly Use[]
}

/** Past it uses of further tokens are not noted until the next flush: a store that is away must not fill the memory. */
const MOST_TOKENS = 100_000
/** Uses that are written in one transaction, which keeps their rows locked. */
const LARGEST_BATCH = 100

/**
 * A batch that has failed is written again as it was, under its number, before any other: whether the store has kept it
 * is not known where the answer was lost, and the store counts each number once. Meanwhile further uses gather.
 */
export function createUseLedger(
  touch: (uses: readonly Use[], batch: UseBatch) => Promise<void>,
  flushMs: number,
  failed: (cause: unknown) => void,
): UseLedger {
  let gathered = new Map<string, Gathered>()
  /** What the batches hold can still be asked for. */
  let writing = new Map<string, Gathered>()
  let batches: readonly Batch[] = []
  let lastNumber = 0
  /** Drawn with the first batch: building draws nothing at random. */
  let writer: string | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let flushing: Promise<void> | null = null
  let closed = false

  function note(tokenId: string, at: number, ip: string | null): void {
    const use = gathered.get(tokenId)
    if (use !== undefined) {
      use.count++
      if (at >= use.at) Object.assign(use, { at, ip })
      return
    }
    if (closed || gathered.size >= MOST_TOKENS) return
    gathered.set(tokenId, { at, ip, count: 1 })
    flushLater()
  }

  function flushLater(): void {
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

  /** What is left from before comes first. */
  async function write(): Promise<void> {
    try {
      await writeBatches()
      writing = gathered
      gathered = new Map()
      batches = batchesOf(writing)
      await writeBatches()
      writing = new Map()
    } catch (cause) {
      failed(cause)
      if (!closed) flushLater()
    }
  }

  async function writeBatches(): Promise<void> {
    for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
      writer ??= randomUUID()
      await touch(batch.uses, { writer, number: batch.number })
      batches = batches.slice(1)
    }
  }

  function batchesOf(tokens: ReadonlyMap<string, Gathered>): readonly Batch[] {
    const uses = Array.from(tokens, ([tokenId, { at, ip, count }]) => ({ tokenId, at: new Date(at), ip, count }))
    const starts = Array.from({ length: Math.ceil(uses.length / LARGEST_BATCH) }, (_, index) => index * LARGEST_BATCH)
    return starts.map((start) => ({ number: ++lastNumber, uses: uses.slice(start, start + LARGEST_BATCH) }))
  }

  return {
    note,
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

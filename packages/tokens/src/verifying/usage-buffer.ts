import { randomUUID } from 'node:crypto'
import { unref } from '@patkit/core/adapter'
import type { Use, UseBatch } from '../stores/token-store.ts'

/** Buffers uses in memory: no request waits for a write, and one write covers many uses of a token. */
export interface UsageBuffer {
  note(tokenId: string, digest: string, at: number, ip: string | null): void
  /** The last use that is not yet written, in epoch milliseconds. */
  lastUse(tokenId: string): number | null
  flush(): Promise<void>
  /** Flushes a last time and takes no more. */
  close(): Promise<void>
}

interface Gathered {
  /** One of each secret: more than one only during a rotation. */
  readonly secrets: LastUse[]
  count: number
}

interface LastUse {
  readonly digest: string
  at: number
  ip: string | null
}

interface Batch {
  readonly number: number
  readonly uses: readonly Use[]
}

/** Past it, uses of further tokens are dropped until the next flush: an unreachable store must not fill the memory. */
const MOST_TOKENS = 100_000
/** Uses that are written in one transaction, which keeps their rows locked. */
const LARGEST_BATCH = 100

/**
 * A failed batch is written again unchanged, under its number, before any other: its outcome is unknown, and the store
 * counts each number once. Meanwhile further uses are buffered.
 */
export function createUsageBuffer(
  touch: (uses: readonly Use[], batch: UseBatch) => Promise<void>,
  flushMs: number,
  failed: (cause: unknown) => void,
): UsageBuffer {
  let gathered = new Map<string, Gathered>()
  /** The uses in the batches, which `lastUse` still reads. */
  let writing = new Map<string, Gathered>()
  let batches: readonly Batch[] = []
  let lastNumber = 0
  /** Drawn with the first batch: building draws nothing at random. */
  let writer: string | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let flushing: Promise<void> | null = null
  let closed = false

  function note(tokenId: string, digest: string, at: number, ip: string | null): void {
    const use = gathered.get(tokenId)
    if (use !== undefined) {
      use.count++
      noteSecret(use.secrets, digest, at, ip)
      return
    }
    if (closed || gathered.size >= MOST_TOKENS) return
    gathered.set(tokenId, { secrets: [{ digest, at, ip }], count: 1 })
    flushLater()
  }

  function flushLater(): void {
    timer ??= unref(setTimeout(() => void flush(), flushMs))
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    flushing ??= write().finally(() => {
      flushing = null
    })
    return flushing
  }

  /** Uses left from before come first. */
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
    const uses = Array.from(tokens, ([tokenId, gathered]) => useOf(tokenId, gathered))
    const starts = Array.from({ length: Math.ceil(uses.length / LARGEST_BATCH) }, (_, index) => index * LARGEST_BATCH)
    return starts.map((start) => ({ number: ++lastNumber, uses: uses.slice(start, start + LARGEST_BATCH) }))
  }

  return {
    note,
    lastUse(tokenId) {
      const use = gathered.get(tokenId) ?? writing.get(tokenId)
      return use === undefined ? null : latest(use.secrets).at
    },
    flush,
    async close() {
      await flushing
      await flush()
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

function noteSecret(secrets: LastUse[], digest: string, at: number, ip: string | null): void {
  const known = secrets.find((secret) => secret.digest === digest)
  if (known === undefined) secrets.push({ digest, at, ip })
  else if (at >= known.at) Object.assign(known, { at, ip })
}

function latest(secrets: readonly LastUse[]): LastUse {
  return secrets.reduce((last, secret) => (secret.at > last.at ? secret : last))
}

function useOf(tokenId: string, { secrets, count }: Gathered): Use {
  const { at, ip } = latest(secrets)
  const each = secrets.map((secret) => ({ ...secret, at: new Date(secret.at) }))
  return { tokenId, at: new Date(at), ip, count, secrets: each }
}

import { randomUUID } from 'node:crypto'
import { unref } from '@patkit/core/adapter'
import type { StoredRecord, Use, UseBatch } from '../stores/token-store.ts'
import { noteRequired, type RequiredScopes, requiredScopes } from './scope-uses.ts'

/** Buffers uses in memory: no request waits for a write, and one write covers many uses of a token. */
export interface UsageBuffer {
  note(use: NotedUse, at: number, ip: string | null): void
  /** Notes the scopes by which a use has passed a guard. */
  noteScopes(use: NotedUse, scopes: readonly string[], at: number, ip: string | null): void
  /** The last use that is not yet written, in epoch milliseconds. */
  lastUse(tokenId: string): number | null
  flush(): Promise<void>
  /** Flushes a last time and takes no more. */
  close(): Promise<void>
}

/** The token and the secret of a use. */
export type NotedUse = Pick<StoredRecord, 'id' | 'digest' | 'scopes'>

interface Gathered {
  /** One of each secret: more than one only during a rotation. */
  readonly secrets: LastUse[]
  count: number
  /** `null` where no guard was passed by a scope. */
  required: RequiredScopes | null
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
 *
 * @param scopesOf the uses of scopes as they are written; `null` where they are not recorded
 */
export function createUsageBuffer(
  touch: (uses: readonly Use[], batch: UseBatch) => Promise<void>,
  flushMs: number,
  failed: (cause: unknown) => void,
  scopesOf: (required: RequiredScopes | null) => Use['scopes'],
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

  /** `null` where no more tokens are taken. */
  function gather({ id, digest }: NotedUse, at: number, ip: string | null): Gathered | null {
    const present = gathered.get(id)
    if (present !== undefined) {
      noteSecret(present.secrets, digest, at, ip)
      return present
    }
    if (closed || gathered.size >= MOST_TOKENS) return null
    const use = { secrets: [{ digest, at, ip }], count: 0, required: null }
    gathered.set(id, use)
    flushLater()
    return use
  }

  function note(noted: NotedUse, at: number, ip: string | null): void {
    const use = gather(noted, at, ip)
    if (use !== null) use.count++
  }

  function noteScopes(noted: NotedUse, scopes: readonly string[], at: number, ip: string | null): void {
    const use = gather(noted, at, ip)
    if (use === null) return
    use.required ??= requiredScopes(noted.scopes)
    noteRequired(use.required, scopes, at)
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
    const uses = Array.from(tokens, ([tokenId, use]) => useOf(tokenId, use, scopesOf))
    const starts = Array.from({ length: Math.ceil(uses.length / LARGEST_BATCH) }, (_, index) => index * LARGEST_BATCH)
    return starts.map((start) => ({ number: ++lastNumber, uses: uses.slice(start, start + LARGEST_BATCH) }))
  }

  return {
    note,
    noteScopes,
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
  for (const known of secrets) {
    if (known.digest !== digest) continue
    if (at >= known.at) Object.assign(known, { at, ip })
    return
  }
  secrets.push({ digest, at, ip })
}

function latest(secrets: readonly LastUse[]): LastUse {
  return secrets.reduce((last, secret) => (secret.at > last.at ? secret : last))
}

function useOf(
  tokenId: string,
  { secrets, count, required }: Gathered,
  scopesOf: (required: RequiredScopes | null) => Use['scopes'],
): Use {
  const { at, ip } = latest(secrets)
  const each = secrets.map((secret) => ({ ...secret, at: new Date(secret.at) }))
  return { tokenId, at: new Date(at), ip, count, secrets: each, scopes: scopesOf(required) }
}

import type { AuditEvent } from '@patkit/core'
import { sqlStore } from '@patkit/sql'
import { createAuditLog } from '@patkit/tokens'
import { expect, test } from 'vitest'
import { onEachEngine } from '../servers/engine.ts'
import { useEvent } from './events.ts'

const OLD = 10_000
const START = Date.UTC(2026, 0, 1)

function use(n: number): AuditEvent {
  return useEvent({ id: `use-${String(n).padStart(6, '0')}`, at: new Date(START + n), tokenId: `token-${n % 100}` })
}

onEachEngine(({ open }) => {
  test('events are written while old ones are removed', async () => {
    const database = await open()
    const store = sqlStore({ dialect: database.dialect() })
    await store.migrate()
    await store.audit.write(Array.from({ length: OLD }, (_, n) => use(n)))
    const writtenAt: number[] = []
    let removed = 0
    const pruned = createAuditLog(store.audit)
      .prune({
        before: new Date(START + OLD),
        onProgress: (soFar) => {
          removed = soFar
        },
      })
      .finally(() => {
        removed = Number.POSITIVE_INFINITY
      })
    for (let n = OLD; removed < OLD; n++) {
      await store.audit.write([use(n)])
      writtenAt.push(removed)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await pruned).toBe(OLD)
    // Between batches, at several points on the way.
    expect(new Set(writtenAt.filter((soFar) => soFar > 0 && soFar < OLD)).size).toBeGreaterThanOrEqual(3)
    const left = await store.audit.prune('uses', new Date(START + 10 * OLD), OLD)
    expect(left).toBe(writtenAt.length)
    await store[Symbol.asyncDispose]()
    await database.drop()
  })
})

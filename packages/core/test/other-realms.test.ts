import { runInNewContext } from 'node:vm'
import { importedFormat, type TokenRecord } from '@patkit/core'
import { describe, expect, test } from 'vitest'
import { adapter, bearing, createApi, NOON } from './api.ts'

/** What a driver in native code, or a test runner with a realm of its own, gives. */
function foreign<T>(expression: string): T {
  return runInNewContext(expression) as T
}

/** Waited for, and no `Promise`: what `then` of a query builder is, or a promise of another realm. */
function thenable<T>(value: T): Promise<T> {
  // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable
  const later = { then: (resolve: (value: T) => void) => void setImmediate(() => resolve(value)) }
  return later as unknown as Promise<T>
}

describe('built-ins of another realm are what they are', () => {
  test('dates and lists in a record', async () => {
    const api = createApi()
    const future = foreign<Date>(`new Date(${NOON + 1_000})`)
    expect(future instanceof Date).toBe(false)
    const members: Partial<TokenRecord> = {
      expiresAt: future,
      scopes: foreign<string[]>("['drive:read']"),
      ipAllowlist: foreign<string[]>("['192.0.2.0/24']"),
    }
    const token = api.issue(members)
    expect(await api.outcome(bearing(token, '192.0.2.1'))).toBe('allowed')
    expect(await api.outcome(bearing(token, '192.0.3.1'))).toBe('ip_denied')
    api.time.now = NOON + 1_000
    expect(await api.outcome(bearing(token, '192.0.2.1'))).toBe('expired')
    expect(api.faults).toEqual([])
  })

  test('a date of another realm that cannot be read is refused', async () => {
    const api = createApi()
    expect(await api.outcome(bearing(api.issue({ revokedAt: foreign<Date>("new Date('x')") })))).toBe('unavailable')
  })

  test('promises of a resolver, a format and a sink', async () => {
    const later = foreign<(value: unknown) => Promise<unknown>>('(value) => new Promise((resolve) => resolve(value))')
    for (const promised of [later, thenable] as ((value: unknown) => Promise<never>)[]) {
      const written: unknown[] = []
      const legacy = importedFormat({ name: 'legacy', maxLength: 100, accepts: () => true })
      const api = createApi({
        format: { ...legacy, check: () => promised(true) },
        audit: { mode: 'required', sink: { write: (events) => promised(written.push(...events)) } },
      })
      const token = api.issue()
      expect(await api.outcome(bearing(token))).toBe('allowed')
      expect(await api.outcome(bearing(token))).toBe('allowed')
      expect(written).toHaveLength(2)
    }
  })

  test('a promised decision that a middleware waits for', async () => {
    const { verifier, issue } = createApi()
    const verify: typeof verifier.verify = (request, reader) => thenable(verifier.verify(request, reader)) as never
    const outcome = await adapter.patAuth<TokenRecord>({ ...verifier, verify })(bearing(issue()))
    expect(outcome).toMatchObject({ ok: true })
  })
})

import { createVerifier, inProcessChannel, type TokenRecord } from '@patkit/core'
import type { Invalidation } from '@patkit/core/adapter'
import { describe, expect, test } from 'vitest'
import { bearing, createApi, format, NOON, reader, recordOf } from './api.ts'

/** A resolver that answers on demand, with the content of the table at the time of the call. */
function slowApi(options: object = {}) {
  const answers: (() => void)[] = []
  const api = createApi({
    resolve(digest: string) {
      const found = api.table.get(digest) ?? null
      api.asked.push(digest)
      return new Promise<TokenRecord | null>((resolve) => answers.push(() => resolve(found)))
    },
    ...options,
  })
  return { ...api, answers }
}

async function turns(): Promise<void> {
  for (let hop = 0; hop < 20; hop++) await Promise.resolve()
}

const OWNED = { principalId: 'p1', organizationId: 'o1', userId: 'u1' }
const OF_THE_TOKEN: [string, Invalidation][] = [
  ['the token', { kind: 'token', id: 'tok_1', minVersion: null }],
  ['a version of the token', { kind: 'token', id: 'tok_1', minVersion: 2 }],
  ['its principal', { kind: 'principal', id: 'p1' }],
  ['its acting user', { kind: 'principal', id: 'u1' }],
  ['its organization', { kind: 'organization', id: 'o1' }],
  ['all', { kind: 'all' }],
]

describe('an invalidation of', () => {
  test.each(OF_THE_TOKEN)('%s refuses the cached record', async (_, what) => {
    const api = createApi()
    const token = api.issue({ ...OWNED, version: 1 })
    await api.outcome(bearing(token))
    api.table.set(token.digest, recordOf(token, { ...OWNED, version: 2, revokedAt: new Date(NOON) }))
    void api.verifier.invalidate(what)
    expect(await api.outcome(bearing(token))).toBe('revoked')
  })

  test.each(OF_THE_TOKEN)('%s refuses what a lookup that began before finds, and asks again', async (_, what) => {
    const api = slowApi()
    const token = api.issue({ ...OWNED, version: 1 })
    const outcome = api.outcome(bearing(token))
    await turns()
    api.table.set(token.digest, recordOf(token, { ...OWNED, version: 2, revokedAt: new Date(NOON) }))
    void api.verifier.invalidate(what)
    api.answers[0]?.()
    await turns()
    api.answers[1]?.()
    expect(await outcome).toBe('revoked')
  })

  test.each<Invalidation>([
    { kind: 'token', id: 'tok_2', minVersion: null },
    { kind: 'principal', id: 'tok_1' },
    { kind: 'organization', id: 'p1' },
    { kind: 'token', id: 'tok_1', minVersion: 1 },
  ])('something else leaves it: %j', async (what) => {
    const api = createApi()
    const token = api.issue({ ...OWNED, version: 1 })
    await api.outcome(bearing(token))
    void api.verifier.invalidate(what)
    await api.outcome(bearing(token))
    expect(api.asked).toHaveLength(1)
  })

  test('all forgets unknown tokens, too', async () => {
    const api = createApi()
    const token = format.mint()
    await api.outcome(bearing(token))
    void api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: null })
    expect(await api.outcome(bearing(token))).toBe('unknown_token')
    void api.verifier.invalidate({ kind: 'all' })
    api.table.set(token.digest, recordOf(token))
    expect(await api.outcome(bearing(token))).toBe('allowed')
  })
})

describe('versions', () => {
  test('a stale answer of a replica is not used, and the request is refused', async () => {
    const api = createApi()
    const token = api.issue({ version: 1 })
    await api.outcome(bearing(token))
    void api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: 2 })
    expect(await api.outcome(bearing(token))).toBe('unavailable')
    expect(api.faults.map(({ code }) => code)).toEqual(['ERR_PAT_RECORD_STALE'])
    expect(api.asked).toHaveLength(4)
    api.table.set(token.digest, recordOf(token, { version: 2 }))
    expect(await api.outcome(bearing(token))).toBe('allowed')
  })

  test('a lookup that began before and found the new version may be used', async () => {
    const api = slowApi()
    const token = api.issue({ version: 2 })
    const outcome = api.outcome(bearing(token))
    await turns()
    void api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: 2 })
    api.answers[0]?.()
    expect(await outcome).toBe('allowed')
    expect(api.asked).toHaveLength(1)
  })

  test('the greatest of several counts, in any order of arrival', async () => {
    const api = createApi()
    const token = api.issue({ version: 2 })
    for (const minVersion of [3, 2]) void api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion })
    expect(await api.outcome(bearing(token))).toBe('unavailable')
  })

  test.each<[string, Invalidation[]]>([
    ['an invalidation of all', [{ kind: 'all' }]],
    ['as many others as are kept', Array.from({ length: 10 }, (_, n) => ({ kind: 'principal', id: `p${n}` }))],
  ])('%s does not let a replica bring an older one back', async (_, others) => {
    const api = createApi({ cacheEntries: 10 })
    const token = api.issue({ version: 1 })
    for (const what of [{ kind: 'token', id: 'tok_1', minVersion: 2 } as const, ...others]) {
      void api.verifier.invalidate(what)
    }
    expect(await api.outcome(bearing(token))).toBe('unavailable')
    api.table.set(token.digest, recordOf(token, { version: 2 }))
    expect(await api.outcome(bearing(token))).toBe('allowed')
  })

  test('tables without versions have the weaker rule: lookups that begin afterwards count', async () => {
    const api = createApi()
    const token = api.issue()
    await api.outcome(bearing(token))
    void api.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: 7 })
    expect(await api.outcome(bearing(token))).toBe('allowed')
    expect(api.asked).toHaveLength(2)
  })
})

test.each([
  ['kind', { kind: 'tokn', id: 't' }],
  ['kind', {}],
  ['kind', 't9'],
  ['kind', null],
  ['id', { kind: 'token', tokenId: 't', minVersion: null }],
  ['id', { kind: 'principal', id: '' }],
  ['minVersion', { kind: 'token', id: 't' }],
  ['minVersion', { kind: 'token', id: 't', minVersion: '8' }],
])('an invalidation with a wrong %s is refused, not ignored: %j', (name, what) => {
  const { verifier } = createApi()
  expect(() => verifier.invalidate(what as never)).toThrow(TypeError)
  expect(() => verifier.invalidate(what as never)).toThrow(name)
})

test('more invalidations than are kept become one of all', async () => {
  const api = createApi({ cacheEntries: 10 })
  const token = api.issue()
  await api.outcome(bearing(token))
  for (let n = 0; n <= 10; n++) void api.verifier.invalidate({ kind: 'principal', id: `p${n}` })
  await api.outcome(bearing(token))
  expect(api.asked).toHaveLength(2)
})

test('a lookup that is answered after its time, in a process that was paused, is not used', async () => {
  const api = slowApi({ resolveTimeoutMs: 5_000 })
  const token = api.issue()
  const outcome = api.outcome(bearing(token))
  await turns()
  api.time.now = NOON + 5_001
  api.table.set(token.digest, recordOf(token, { revokedAt: new Date(NOON + 1) }))
  api.answers[0]?.()
  await turns()
  api.answers[1]?.()
  expect(await outcome).toBe('revoked')
})

describe('health', () => {
  test('says how much is remembered', async () => {
    const api = createApi()
    expect(api.verifier.health).toEqual({
      mode: 'cached',
      asOf: Number.POSITIVE_INFINITY,
      leaseMs: null,
      calls: { running: 0, waiting: 0, peak: 0 },
      entries: 0,
      hits: 0,
      misses: 0,
      channel: null,
      auditWaiting: 0,
      auditDropped: 0,
      unreadableAddresses: 0,
    })
    const token = api.issue()
    for (let n = 0; n < 3; n++) await api.outcome(bearing(token))
    expect(api.verifier.health).toMatchObject({ entries: 1, hits: 2, misses: 1 })
    await api.verifier.invalidate({ kind: 'all' })
    await api.verifier.close()
  })
})

describe('between the verifiers of one process', () => {
  test('a change on one is known on the other when invalidate returns', async () => {
    const channel = inProcessChannel()
    const here = createApi({ channel })
    const there = createVerifier<TokenRecord>({ format, channel, resolve: (digest) => here.table.get(digest) })
    const token = here.issue()
    await there.verify(bearing(token), reader)
    expect(there.verify(bearing(token), reader)).toMatchObject({ ok: true })
    here.table.set(token.digest, recordOf(token, { revokedAt: new Date(NOON) }))
    void here.verifier.invalidate({ kind: 'token', id: 'tok_1', minVersion: null })
    expect(await there.verify(bearing(token), reader)).toMatchObject({ reason: 'revoked' })
  })

  test('a closed verifier receives no more messages, and does not use its cache', async () => {
    const channel = inProcessChannel()
    const api = createApi({ channel })
    const token = api.issue()
    await api.outcome(bearing(token))
    await api.verifier.close()
    await channel.publish({ kind: 'all' })
    await api.outcome(bearing(token))
    await api.outcome(bearing(token))
    expect(api.asked).toHaveLength(3)
    expect(api.verifier.health.mode).toBe('uncached')
  })
})

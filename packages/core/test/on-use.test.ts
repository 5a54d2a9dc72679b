import type { Requirement } from '@patkit/core/adapter'
import { expect, test } from 'vitest'
import { bearing, createApi, format, NOON, reader } from './api.ts'

test('onUse is called for each allowed use, cached or not, and for no denial', async () => {
  const uses: unknown[] = []
  const api = createApi({ onUse: ({ id }, at, clientIp) => uses.push([id, at, clientIp]) })
  const token = api.issue()
  await api.outcome(bearing(token, '192.0.2.1'))
  api.time.now += 1
  await api.outcome(bearing(token))
  await api.outcome(bearing(api.issue({ revokedAt: new Date(NOON) })))
  await api.outcome(bearing(format.mint()))
  expect(uses).toEqual([
    ['tok_1', NOON, '192.0.2.1'],
    ['tok_1', NOON + 1, null],
  ])
})

test('a use that cannot be put on record is not reported to onUse', async () => {
  const uses: string[] = []
  let isAway = true
  const write = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve())
  const audit = { mode: 'required', sink: { write } } as const
  const api = createApi({ audit, onUse: ({ id }) => uses.push(id) })
  const token = api.issue()
  expect([await api.outcome(bearing(token)), uses]).toEqual(['unavailable', []])
  isAway = false
  expect([await api.outcome(bearing(token)), uses]).toEqual(['allowed', ['tok_1']])
})

test('a change that a use brings about does not overtake it', async () => {
  const audit = { mode: 'required', sink: { write: async () => {} } } as const
  const api = createApi({
    audit,
    onUse: ({ id }) => void api.verifier.invalidate({ kind: 'token', id, minVersion: null }),
  })
  const token = api.issue()
  expect([await api.outcome(bearing(token)), await api.outcome(bearing(token))]).toEqual(['allowed', 'allowed'])
})

test('what a listener throws or rejects with is reported and changes no answer', async () => {
  for (const onUse of [() => Promise.reject(new Error('away')), () => expect.fail('away')]) {
    const api = createApi({ onUse })
    expect(await api.outcome(bearing(api.issue()))).toBe('allowed')
    await Promise.resolve()
    expect(api.faults).toMatchObject([{ code: 'ERR_PAT_ON_USE_FAILED' }])
  }
})

test('a listener that is no function is refused by name', () => {
  expect(() => createApi({ onUse: 'log' as never })).toThrow('"onUse"')
})

test('onScopeUse is called for each guard that is passed by scopes, with those that the token holds', async () => {
  const uses: unknown[] = []
  const api = createApi({ onScopeUse: ({ id }, scopes, at, clientIp) => uses.push([id, scopes, at, clientIp]) })
  const verified = await api.verifier.verify(bearing(api.issue({ userId: 'u1' }), '192.0.2.1'), reader)
  const authorize = (need: Requirement) => api.verifier.authorize(verified, need, bearing(''), reader)
  api.time.now += 1
  await authorize({ kind: 'all', scopes: ['drive:read', ['drive', 'read']] })
  await authorize({ kind: 'any', scopes: ['drive:write', 'drive:read', ['drive', '']] })
  await authorize({ kind: 'all', scopes: ['drive:write'] })
  await authorize({ kind: 'user', detail: null })
  expect(uses).toEqual([
    ['tok_1', ['drive:read', 'drive:read'], NOON + 1, '192.0.2.1'],
    ['tok_1', ['drive:read'], NOON + 1, '192.0.2.1'],
  ])
})

test('what onScopeUse throws is reported and changes no answer', async () => {
  const api = createApi({ onScopeUse: () => expect.fail('away') })
  const verified = await api.verifier.verify(bearing(api.issue()), reader)
  const need: Requirement = { kind: 'all', scopes: ['drive:read'] }
  expect(api.verifier.authorize(verified, need, bearing(''), reader)).toBe(verified)
  expect(api.faults).toMatchObject([{ code: 'ERR_PAT_ON_USE_FAILED', message: expect.stringMatching('onScopeUse') }])
  expect(() => createApi({ onScopeUse: 'log' as never })).toThrow('"onScopeUse"')
})

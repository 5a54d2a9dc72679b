import { expect, test } from 'vitest'
import { bearing, createApi, format, NOON } from './api.ts'

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

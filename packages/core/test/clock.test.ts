import { expect, test, vi } from 'vitest'
import { bearing, createApi, format } from './api.ts'

const failing = [
  ['throws', () => expect.fail('no clock')],
  ['returns no number', () => Number.NaN],
  ['returns a text', () => '2026' as never],
] as const

test.each(failing)('a clock that %s refuses all requests, and is reported', async (_name, broken) => {
  const clock = vi.fn<() => number>(() => 1_000)
  const api = createApi({ clock })
  const token = api.issue()
  expect(await api.outcome(bearing(token))).toBe('allowed')
  clock.mockImplementation(broken)
  expect(await api.outcome(bearing(token))).toBe('unavailable')
  expect(await api.outcome(bearing(format.mint()))).toBe('unavailable')
  expect(await api.outcome({ rawHeaders: [] })).toBe('missing_credential')
  expect(api.verifier.health.mode).toBe('uncached')
  expect(new Set(api.faults.map(({ code }) => code))).toEqual(new Set(['ERR_PAT_CLOCK_FAILED']))
  // The answer is recorded, at the system's time.
  expect(api.events.map(({ outcome }) => outcome)).toEqual([
    'allowed',
    'unavailable',
    'unavailable',
    'missing_credential',
  ])
  clock.mockImplementation(() => 2_000)
  expect(await api.outcome(bearing(token))).toBe('allowed')
})

test('a clock that fails during a lookup refuses the request', async () => {
  const clock = vi.fn<() => number>(() => 1_000)
  const api = createApi({ clock })
  const token = api.issue()
  clock.mockImplementationOnce(() => 1_000).mockImplementation(() => expect.fail('no clock'))
  expect(await api.outcome(bearing(token))).toBe('unavailable')
  expect(api.events).toMatchObject([{ outcome: 'unavailable' }])
})

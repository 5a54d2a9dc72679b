import { parseInstant } from '@patkit/tokens/store'
import { expect, test } from 'vitest'
import { durationSeconds, instantOrAgo, instantText } from '../src/options/values.ts'

test.each([
  ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00.000Z'],
  ['2030-01-31t12:00:00z', '2030-01-31T12:00:00.000Z'],
  ['2030-01-31T12:00:00.123456+02:00', '2030-01-31T10:00:00.123Z'],
  ['2028-02-29T23:59:59-23:59', '2028-03-01T23:58:59.000Z'],
])('%s is an instant', (text, instant) => {
  expect(parseInstant(text)?.toISOString()).toBe(instant)
})

test.each([
  '2030-01-31',
  '2030-01-31T12:00:00',
  '2030-01-31 12:00:00Z',
  '2030-02-29T00:00:00Z',
  '2030-04-31T00:00:00Z',
  '2030-13-01T00:00:00Z',
  '2030-01-00T00:00:00Z',
  '2030-01-31T24:00:00Z',
  '2030-01-31T12:60:00Z',
  '2030-01-31T12:00:60Z',
  '2030-01-31T12:00:00+24:00',
  '2030-01-31T12:00:00+0200',
  '2030-01-31T12:00Z',
  '+12030-01-31T12:00:00Z',
  '1',
  '',
  ' 2030-01-31T12:00:00Z',
])('%j is not a time', (text) => {
  expect(parseInstant(text)).toBe(null)
})

test.each([
  ['90d', 7_776_000],
  ['12h', 43_200],
  ['30m', 1_800],
  ['45s', 45],
  ['2w', 1_209_600],
  ['0s', 0],
])('%s lasts %d seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds)
})

test.each(['90', 'd', '1y', '-1d', '1.5h', '1D', '1d12h', ' 1d', '1d ', '9999999999s', ''])(
  '%j lasts nothing',
  (text) => {
    expect(durationSeconds(text)).toBe(null)
  },
)

test('a duration is so long ago, and never before there was time', () => {
  expect(instantOrAgo('--from', '24h', Date.parse('2026-03-01T12:00:00Z')).toISOString()).toBe(
    '2026-02-28T12:00:00.000Z',
  )
  expect(instantOrAgo('--from', '9999w', 0).getTime()).toBe(0)
  expect(instantText(new Date('2026-02-28T12:00:00.999Z'))).toBe('2026-02-28T12:00:00Z')
})

import { expect, test } from 'vitest'
import { durationSeconds } from '../src/duration.ts'

test.each([
  ['1s', 1],
  ['90m', 5_400],
  ['24h', 86_400],
  ['1h30m10s', 5_410],
  ['1.5h', 5_400],
  ['0.5m', 30],
  ['30d', 2_592_000],
  ['2w', 1_209_600],
  ['1y', 31_536_000],
  ['1y1w1d1h1m1s', 32_230_861],
])('%s is %i seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds)
})

test.each([
  '',
  '0s',
  '0h0m',
  '1',
  's',
  '-1h',
  '+1h',
  '1 h',
  ' 1h',
  '1h ',
  '1H',
  '1M',
  '1ms',
  '0.5s',
  '1.h',
  '.5h',
  '1,5h',
])('%j is no duration', (text) => {
  expect(durationSeconds(text)).toBe(null)
})

test('a long text is looked at once', () => {
  expect(durationSeconds(`${'1'.repeat(100_000)}h`)).toBe(null)
  expect(durationSeconds('1h'.repeat(50_000))).toBe(null)
})

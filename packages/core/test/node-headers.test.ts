import { nodeHeader, repeatedHeader } from '@patkit/core/adapter'
import { describe, expect, test } from 'vitest'

const LINE = ['Host', 'a', 'Authorization', 'Bearer wire']
const TWICE = [...LINE, 'AUTHORIZATION', 'Bearer other']

describe('a header of a Node request', () => {
  test.each([
    ['as it came', { rawHeaders: LINE, headers: { authorization: 'Bearer wire' } }, 'Bearer wire'],
    ['set anew by middleware', { rawHeaders: LINE, headers: { authorization: 'Bearer set' } }, 'Bearer set'],
    ['added by middleware', { rawHeaders: ['Host', 'a'], headers: { authorization: 'Bearer set' } }, 'Bearer set'],
    ['removed by middleware', { rawHeaders: LINE, headers: {} }, null],
    [
      'several lines, of which `headers` keeps one',
      { rawHeaders: TWICE, headers: { authorization: 'Bearer wire' } },
      'Bearer wire, Bearer other',
    ],
    ['several lines, removed by middleware', { rawHeaders: TWICE, headers: {} }, 'Bearer wire, Bearer other'],
    ['without raw headers', { headers: { authorization: 'Bearer set' } }, 'Bearer set'],
    ['with empty raw headers', { rawHeaders: [], headers: { authorization: 'Bearer set' } }, 'Bearer set'],
    ['a list of one', { headers: { authorization: ['Bearer set'] } }, 'Bearer set'],
    ['a list of two', { headers: { authorization: ['Bearer a', 'Bearer b'] } }, 'Bearer a, Bearer b'],
    ['an empty list', { headers: { authorization: [] } }, null],
    ['without any headers', {}, null],
    ['raw headers alone', { rawHeaders: TWICE }, 'Bearer wire, Bearer other'],
  ])('%s', (_name, request, expected) => {
    expect(nodeHeader(request, 'authorization')).toBe(expected)
  })
})

test('only several lines are repeated', () => {
  expect(repeatedHeader(TWICE, 'authorization')).toBe('Bearer wire, Bearer other')
  expect(repeatedHeader(LINE, 'authorization')).toBeNull()
  expect(repeatedHeader([], 'authorization')).toBeNull()
})

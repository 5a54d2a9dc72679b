import { covers } from '@patkit/core'
import { type ScopeOptions, uncoveredScopes, widestScopes } from '@patkit/core/adapter'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { implications, matchesAny, NAMES, scopeLists } from './scope-reference.ts'

const WILDCARDS = { wildcards: true }
const RUNS = { seed: 6749, numRuns: 2_000 }

describe('covers, with wildcards', () => {
  test.each<[boolean, string[], string[]]>([
    [true, ['a', 'b'], ['b']],
    [false, ['a'], ['b']],
    [false, ['a'], ['a:b']],
    [false, ['a:b'], ['a']],
    [false, ['A'], ['a']],
    [true, [], []],
    [false, [], ['a']],
    [true, ['a:*'], ['a:b', 'a:b:c', 'a:*', 'a:*:*', 'a:b:*', 'a:*:b']],
    [false, ['a:*'], ['a']],
    [true, ['*'], ['*', 'a', 'a:*', '*:a', 'a:b:c']],
    [false, ['*:*'], ['*']],
    [false, ['*:*'], ['a']],
    [false, ['a:*:c'], ['a:*']],
    [false, ['a:*:c'], ['a:b:c:d']],
    [true, ['*:b'], ['a:b']],
    [false, ['*:b'], ['*:*']],
    [false, ['a:b', 'b:b'], ['*:b']],
    [false, ['a:*', 'b:*'], ['*:a']],
    [false, ['a:b:*', 'a:c'], ['a:*']],
    [true, ['a*'], ['a*']],
    [false, ['a*'], ['ab']],
    [false, ['a*:b'], ['a:b']],
    [true, ['a*:*'], ['a*:b']],
    [false, ['*:a*', '*:b:*'], ['c:a']],
    [false, ['*:b', '*:b:c:*'], ['a:b:c']],
    [true, ['*:b', 'a:*'], ['a:b', 'c:b', 'a:c:d']],
  ])('%s: %j gives %j', (expected, granted, wanted) => {
    expect(covers(granted, wanted, WILDCARDS)).toBe(expected)
  })

  test('one scope that is not covered is enough', () => {
    expect(covers(['a:*'], ['a:b', 'b', 'a:c'], WILDCARDS)).toBe(false)
  })
})

describe('covers, without wildcards', () => {
  test.each<[boolean, string[], string[]]>([
    [true, ['a:b', 'c'], ['a:b']],
    [false, ['*'], ['a']],
    [false, ['a:*'], ['a:b']],
    [false, ['*'], ['a:*']],
    [false, [], ['*']],
    [true, ['a:*'], ['a:*']],
  ])('%s: %j gives %j', (expected, granted, wanted) => {
    expect(covers(granted, wanted)).toBe(expected)
  })
})

describe('covers, with what scopes imply', () => {
  const implies = {
    'drive:write': ['drive:read', 'audit:list'],
    'audit:list': ['audit:count'],
    'audit:count': ['drive:write'],
  }

  test.each<[boolean, string[], string[]]>([
    [true, ['drive:write'], ['drive:read', 'audit:list', 'audit:count']],
    [true, ['audit:count'], ['drive:read']],
    [false, ['drive:read'], ['drive:write']],
    [true, ['drive:*'], ['drive:*', 'audit:list', 'audit:count']],
    [false, ['drive:*'], ['audit:*']],
    [false, ['*:read'], ['audit:list']],
  ])('%s: %j gives %j', (expected, granted, wanted) => {
    expect(covers(granted, wanted, { wildcards: true, implies })).toBe(expected)
  })

  test('a "*" within a segment implies nothing', () => {
    expect(covers(['drive:*'], ['drive:read'], { implies })).toBe(false)
  })

  test('names that every object has imply nothing', () => {
    expect(covers(['constructor', 'toString', '__proto__'], ['drive:read'], { implies })).toBe(false)
    const inherited = JSON.parse('{ "__proto__": ["drive:read"] }')
    expect(covers(['__proto__'], ['drive:read'], { implies: inherited })).toBe(true)
  })
})

describe('covers against enumeration of every name over the words and a fresh one', () => {
  const cases = fc.tuple(scopeLists, scopeLists, implications)
  const escapes = (granted: string[], wanted: string[], rules: Required<ScopeOptions>) =>
    NAMES.some((name) => matchesAny(wanted, name, rules) && !matchesAny(granted, name, rules))

  test('sound: a covered scope matches no name that the granted scopes do not', () => {
    fc.assert(
      fc.property(cases, ([granted, wanted, implies]) => {
        const rules = { wildcards: true, implies }
        fc.pre(covers(granted, wanted, rules))
        expect(escapes(granted, wanted, rules)).toBe(false)
      }),
      RUNS,
    )
  })

  test('complete: a scope that is not covered matches a name that the granted scopes do not', () => {
    fc.assert(
      fc.property(cases, ([granted, wanted, implies]) => {
        const rules = { wildcards: true, implies }
        fc.pre(!covers(granted, wanted, rules))
        expect(escapes(granted, wanted, rules)).toBe(true)
      }),
      RUNS,
    )
  })

  test('without wildcards: sound and complete for scopes without them', () => {
    fc.assert(
      fc.property(cases, ([granted, wanted, implies]) => {
        const rules = { wildcards: false, implies }
        const plain = wanted.filter((scope) => !scope.includes('*'))
        expect(covers(granted, plain, rules)).toBe(!escapes(granted, plain, rules))
      }),
      RUNS,
    )
  })

  test('covered scopes stay covered when wildcards are turned on', () => {
    fc.assert(
      fc.property(cases, ([granted, wanted, implies]) => {
        fc.pre(covers(granted, wanted, { implies }))
        expect(covers(granted, wanted, { wildcards: true, implies })).toBe(true)
      }),
      RUNS,
    )
  })

  test('a list covers itself, and covers is transitive', () => {
    fc.assert(
      fc.property(cases, scopeLists, fc.boolean(), ([granted, wanted, implies], less, wildcards) => {
        const rules = { wildcards, implies }
        expect(covers(granted, granted, rules)).toBe(true)
        fc.pre(covers(granted, wanted, rules) && covers(wanted, less, rules))
        expect(covers(granted, less, rules)).toBe(true)
      }),
      RUNS,
    )
  })
})

describe('widestScopes', () => {
  test.each<[string[], string[]]>([
    [
      ['a:b', 'a:*', 'a:b:*', 'b', 'b'],
      ['a:*', 'b'],
    ],
    [['a:b:c', '*:b:c', 'a:*:c', '*:*:c'], ['*:*:c']],
    [
      ['*:b', 'a:*', 'a:b'],
      ['*:b', 'a:*'],
    ],
    [
      ['a', 'a:*:c', 'a:b'],
      ['a', 'a:*:c', 'a:b'],
    ],
    [[], []],
  ])('of %j are %j', (scopes, widest) => {
    expect(widestScopes(scopes, WILDCARDS)).toEqual(widest)
  })

  test('are all where wildcards are off, and keep what another one implies', () => {
    expect(widestScopes(['a:*', 'a:b'])).toEqual(['a:*', 'a:b'])
    expect(widestScopes(['a', 'b'], { ...WILDCARDS, implies: { a: ['b'], b: ['a'] } })).toEqual(['a', 'b'])
  })

  test('hold what all of them hold, and none that the others cover', () => {
    fc.assert(
      fc.property(scopeLists, (scopes) => {
        const widest = widestScopes(scopes, WILDCARDS)
        expect(covers(widest, scopes, WILDCARDS)).toBe(true)
        for (const one of widest) {
          const others = widest.filter((other) => other !== one)
          expect(covers(others, [one], WILDCARDS)).toBe(false)
        }
      }),
      RUNS,
    )
  })
})

test.each<[string, () => unknown]>([
  ['granted', () => covers(null as never, [])],
  ['wanted', () => covers([], 'a' as never)],
  ['"a b"', () => covers(['a b'], [])],
  ['"a::b"', () => covers([], ['a::b'])],
  ['7', () => covers([], ['a', 7 as never])],
  ['widestScopes', () => widestScopes(['a b'])],
  ['"wildcards"', () => covers([], [], { wildcards: 1 as never })],
  ['"implies"', () => covers([], [], { implies: { 'a:*': ['b'] } })],
  ['"wildcard"', () => covers([], [], { wildcard: true } as never)],
])('a wrong argument is a TypeError that names %s', (name, call) => {
  expect(call).toThrow(TypeError)
  expect(call).toThrow(name)
})

describe('uncoveredScopes', () => {
  test.each<[string[], string[], ScopeOptions, string[]]>([
    [['a'], ['b', 'a', 'c', 'b'], {}, ['b', 'c', 'b']],
    [['a:*'], ['a:b', 'a', 'a:*'], WILDCARDS, ['a']],
    [['a:*'], ['a:b', 'a:*'], {}, ['a:b']],
    [['a'], ['b', 'c'], { implies: { a: ['b'] } }, ['c']],
    [[], [], {}, []],
  ])('of %j and %j with %j are %j', (granted, wanted, options, uncovered) => {
    expect(uncoveredScopes(granted, wanted, options)).toEqual(uncovered)
    expect(covers(granted, wanted, options)).toBe(uncovered.length === 0)
  })

  test('refuses an invalid scope name', () => {
    expect(() => uncoveredScopes(['a b'], [])).toThrow('covers: granted')
    expect(() => uncoveredScopes([], ['a', ''])).toThrow('covers: wanted')
  })
})

import { covers, effectiveScopes } from '@patkit/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { implications, matchesAny, NAMES, scopeLists } from './scope-reference.ts'

const RUNS = { seed: 6749, numRuns: 500 }

describe('effective scopes', () => {
  test.each<[scopes: string[], ceiling: string[], effective: string[]]>([
    [['a', 'b'], ['b', 'c'], ['b']],
    [['drive:*'], ['drive:read'], ['drive:read']],
    [['drive:read'], ['drive:*'], ['drive:read']],
    [['a:*:read'], ['*:b:read'], ['a:b:read']],
    [['a:*'], ['*:b'], ['a:b']],
    [['a:*'], ['*:b:*'], ['a:b:*']],
    [['a:*'], ['*'], ['a:*']],
    [['a:*:*'], ['a:*'], ['a:*:*']],
    [['*:b'], ['a:*:c'], []],
    [['a:*'], ['b:*'], []],
    [['a*'], ['a*'], ['a*']],
    [['a*'], ['a:*'], []],
    [['*', 'a:b'], ['a:*'], ['a:*']],
    [['a'], [], []],
    [[], ['a'], []],
  ])('%j under the ceiling %j are %j', (scopes, ceiling, effective) => {
    expect(effectiveScopes({ scopes, ceiling }, { wildcards: true })).toEqual(effective)
  })

  test('without a ceiling they are the scopes of the token', () => {
    expect(effectiveScopes({ scopes: ['a:*', 'a:b'] }, { wildcards: true })).toEqual(['a:*', 'a:b'])
  })

  test('without wildcards `*` is a segment like others', () => {
    expect(effectiveScopes({ scopes: ['a:*', 'b:*'], ceiling: ['a:*', 'b:c'] })).toEqual(['a:*'])
  })

  test('implied scopes that both sides reach in different ways count', () => {
    const implies = { write: ['read'], admin: ['read'] }
    expect(effectiveScopes({ scopes: ['write'], ceiling: ['admin'] }, { implies })).toEqual(['read'])
    expect(effectiveScopes({ scopes: ['write'], ceiling: ['write'] }, { implies })).toEqual(['write'])
    expect(effectiveScopes({ scopes: ['write'], ceiling: ['read'] }, { implies })).toEqual(['read'])
  })

  test('a scope that is not one is refused by name', () => {
    expect(() => effectiveScopes({ scopes: ['a b'], ceiling: ['a b'] })).toThrow(/"a b"/)
    expect(() => effectiveScopes({ scopes: ['a b'], ceiling: ['c'] })).toThrow(/scopes.*"a b"/)
    expect(() => effectiveScopes({ scopes: ['c'], ceiling: ['a b'] })).toThrow(/ceiling.*"a b"/)
  })
})

describe('effective scopes against enumeration of every name', () => {
  const cases = fc.record({ scopes: scopeLists, ceiling: scopeLists, implies: implications, wildcards: fc.boolean() })

  test('they match what both sides match', () => {
    fc.assert(
      fc.property(cases, ({ scopes, ceiling, ...rules }) => {
        const effective = effectiveScopes({ scopes, ceiling }, rules)
        const differing = NAMES.filter((name) => {
          const both = matchesAny(scopes, name, rules) && matchesAny(ceiling, name, rules)
          return both !== matchesAny(effective, name, rules)
        })
        expect(differing).toEqual([])
      }),
      RUNS,
    )
  })

  test('the order of the sides does not count, and both sides cover them', () => {
    fc.assert(
      fc.property(cases, ({ scopes, ceiling, ...rules }) => {
        const effective = effectiveScopes({ scopes, ceiling }, rules)
        const turned = effectiveScopes({ scopes: ceiling, ceiling: scopes }, rules)
        expect(effective.toSorted()).toEqual(turned.toSorted())
        expect(covers(scopes, effective, rules) && covers(ceiling, effective, rules)).toBe(true)
      }),
      RUNS,
    )
  })
})

import { covers, defineScopes, type TokenRecord } from '@patkit/core'
import type { Requirement, ScopeOptions } from '@patkit/core/adapter'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bearing, createApi, reader } from './api.ts'
import { implications, matchesAny, NAMES, scopeLists } from './scope-reference.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** For each name, whether a token with these members meets it as a requirement. */
async function holder(members: Partial<TokenRecord>, options: ScopeOptions): Promise<(name: string) => boolean> {
  const { verifier, issue } = createApi(options)
  const verified = await verifier.verify(bearing(issue(members)), reader)
  if (!verified.ok) throw new Error(verified.reason)
  return (name) => {
    const need: Requirement = { kind: 'all', scopes: [name.split(':')] }
    const decision = verifier.authorize(verified, need, bearing(''), reader)
    return 'ok' in decision && decision.ok
  }
}

const WILDCARDS = { wildcards: true }

/** Counts the sets that are made from now on: what scopes are compiled to. */
function countSets(): () => number {
  let count = 0
  class Counted<T> extends Set<T> {
    constructor(values?: Iterable<T>) {
      super(values)
      count++
    }
  }
  vi.stubGlobal('Set', Counted)
  return () => count
}

describe('granted scopes, with wildcards', () => {
  test.each([
    ['a', ['a'], ['a:b', 'b', 'A']],
    ['a:*', ['a:b', 'a:b:c'], ['a', 'b', 'ab:c']],
    ['a:*:c', ['a:b:c'], ['a:c', 'a:b', 'a:b:b:c', 'a:b:c:d']],
    ['*:b', ['a:b'], ['b', 'a:b:c', 'a:a:b']],
    ['*', ['a', 'a:b', 'a:b:c'], []],
    ['*:*', ['a:b', 'a:b:c'], ['a']],
    ['a*', [], ['a', 'ab', 'a:b']],
    ['a*:*', [], ['a:b', 'ab:c']],
  ])('%s', async (scope, met, unmet) => {
    const holds = await holder({ scopes: [scope] }, WILDCARDS)
    expect(met.filter((name) => !holds(name))).toEqual([])
    expect(unmet.filter(holds)).toEqual([])
  })

  test.each(['*', 'a:*', '*:b', 'a*'])('mean nothing where they are off, and are no fault: %s', async (scope) => {
    const holds = await holder({ scopes: [scope, 'c'] }, {})
    expect(['a', 'a:b', 'a:b:c'].filter(holds)).toEqual([])
    expect(holds('c')).toBe(true)
  })
})

describe('what scopes imply', () => {
  const implies = {
    'drive:write': ['drive:read'],
    'drive:read': ['drive:list', 'audit:list'],
    'drive:list': ['drive:write'],
  }

  test('is implied over any number of steps, and in cycles', async () => {
    const holds = await holder({ scopes: ['drive:write'] }, { implies })
    expect(['drive:write', 'drive:read', 'drive:list', 'audit:list'].filter((name) => !holds(name))).toEqual([])
    expect(['drive', 'audit', 'drive:delete'].filter(holds)).toEqual([])
  })

  test('is granted by a wildcard that covers what implies it', async () => {
    const holds = await holder({ scopes: ['drive:*'] }, { ...WILDCARDS, implies })
    expect(holds('audit:list')).toBe(true)
    expect(holds('audit:count')).toBe(false)
  })

  test('does not follow later changes of the option', async () => {
    const changing: Record<string, string[]> = { a: ['b'] }
    const { verifier, issue } = createApi({ implies: changing })
    changing.a?.push('c')
    changing.b = ['c']
    const verified = await verifier.verify(bearing(issue({ scopes: ['a'] })), reader)
    const authorize = (name: string) =>
      verifier.authorize(verified, { kind: 'all', scopes: [name] }, bearing(''), reader)
    expect(authorize('b')).toMatchObject({ ok: true })
    expect(authorize('c')).toMatchObject({ ok: false })
  })
})

describe('the ceiling of the owner', () => {
  test('"everything my owner may do" is the scope * under a ceiling', async () => {
    const holds = await holder({ scopes: ['*'], ceiling: ['drive:read', 'audit:*'] }, WILDCARDS)
    expect(['drive:read', 'audit:list'].filter((name) => !holds(name))).toEqual([])
    expect(['drive:write', 'audit'].filter(holds)).toEqual([])
  })

  test('is read by the same rules as scopes', async () => {
    const implies = { 'drive:write': ['drive:read'] }
    const holds = await holder({ scopes: ['drive:read', 'a:b'], ceiling: ['drive:write', 'a:*'] }, { implies })
    expect([holds('drive:read'), holds('drive:write'), holds('a:b')]).toEqual([true, false, false])
  })

  test.each([[[]], [['*']]])('grants nothing when empty or without meaning: %j', async (ceiling) => {
    expect((await holder({ scopes: ['a', '*'], ceiling }, {}))('a')).toBe(false)
  })
})

test('entity scopes are segments: domain, kind, id or all, operation', async () => {
  const scopes = ['farm:channels:c1:publish', 'farm:clients:*:read', '*:groups:g1:view', 'lab:*']
  const holds = await holder({ scopes }, WILDCARDS)
  const met = ['farm:channels:c1:publish', 'farm:clients:x:read', 'mill:groups:g1:view', 'lab:rules:r1:delete']
  const unmet = ['farm:channels:c2:publish', 'farm:clients:x:delete', 'mill:groups:g2:view', 'farm:clients:read']
  expect(met.filter((name) => !holds(name))).toEqual([])
  expect(unmet.filter(holds)).toEqual([])
  expect(covers(scopes, ['farm:clients:c7:read', 'lab:channels:*:publish'], WILDCARDS)).toBe(true)
  expect(covers(scopes, ['farm:channels:*:publish'], WILDCARDS)).toBe(false)
})

describe('against the definition', () => {
  const exactNames = NAMES.filter((name) => !name.includes('*'))

  test('a token meets what its scopes and the ceiling both match', async () => {
    await fc.assert(
      fc.asyncProperty(scopeLists, fc.option(scopeLists), implications, fc.boolean(), async (...drawn) => {
        const [scopes, ceiling, implies, wildcards] = drawn
        const rules = { wildcards, implies }
        const holds = await holder(ceiling === null ? { scopes } : { scopes, ceiling }, rules)
        const expected = exactNames.filter(
          (name) => matchesAny(scopes, name, rules) && (ceiling === null || matchesAny(ceiling, name, rules)),
        )
        expect(exactNames.filter(holds)).toEqual(expected)
      }),
      { seed: 6750, numRuns: 300 },
    )
  })

  test('a token that was covered when it was made meets nothing that its maker does not', async () => {
    await fc.assert(
      fc.asyncProperty(scopeLists, scopeLists, implications, async (maker, made, implies) => {
        const rules = { ...WILDCARDS, implies }
        fc.pre(covers(maker, made, rules))
        const makerHolds = await holder({ scopes: maker }, rules)
        const madeHolds = await holder({ scopes: made }, rules)
        expect(exactNames.filter((name) => madeHolds(name) && !makerHolds(name))).toEqual([])
      }),
      { seed: 6751, numRuns: 300 },
    )
  })
})

describe('many scopes', () => {
  test('tokens with the same list share one form of it, and others do not', async () => {
    const { outcome, issue } = createApi(WILDCARDS)
    const use = (scopes: readonly string[], ceiling: readonly string[]) => outcome(bearing(issue({ scopes, ceiling })))
    const count = countSets()
    await use(['a:*', 'b'], ['b', 'a:*'])
    const first = count()
    await use(['a:*', 'b'], ['b', 'a:*'])
    await use(['b', 'a:*'], ['a:*', 'b'])
    expect(count()).toBe(first)
    await use(['a:*', 'b'], ['b', 'a:b'])
    expect(count()).toBeGreaterThan(first)
  })

  test('a list that is too long to remember is read anew, and alike', async () => {
    const scopes = Array.from({ length: 60_000 }, (_, index) => `resource:r${index}:read`)
    const count = countSets()
    const holds = await holder({ scopes, ceiling: scopes }, {})
    expect(count()).toBe(2)
    expect([holds('resource:r999:read'), holds('resource:r60000:read')]).toEqual([true, false])
  })

  /** Every way of putting a word or a wildcard in each of twelve places, and a word behind them. */
  const mixed = Array.from({ length: 2 ** 12 }, (_, bits) =>
    [...Array.from({ length: 12 }, (_, place) => (bits & (2 ** place) ? '*' : 'a')), 'end'].join(':'),
  )

  test('thousands of wildcards that all match all but the end', async () => {
    const holds = await holder({ scopes: mixed, ceiling: mixed }, WILDCARDS)
    expect(holds(`${'a:'.repeat(12)}end`)).toBe(true)
    expect(holds(`${'a:'.repeat(12)}other`)).toBe(false)
  })

  test('thousands of wildcards two hundred segments deep', async () => {
    const deep = Array.from({ length: 3000 }, (_, index) => `${'a:*:'.repeat(100)}${index}`)
    const holds = await holder({ scopes: deep }, WILDCARDS)
    expect(holds(`${'a:b:'.repeat(100)}2999`)).toBe(true)
    expect(holds(`${'a:b:'.repeat(100)}3000`)).toBe(false)
    expect(covers(deep, [`${'a:*:'.repeat(100)}7`, `${'a:b:'.repeat(100)}*`], WILDCARDS)).toBe(false)
  })
})

test.each(['', ' ', '\u00a0', '\u3000', '\u2003 ', '\u2800', '\u200b', 7])(
  '%j is no label: people would see nothing',
  (label) => {
    expect(() => defineScopes({ 'drive:read': label as string })).toThrow('"drive:read" needs a label')
  },
)

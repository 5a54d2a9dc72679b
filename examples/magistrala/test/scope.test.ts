import { covers, isScopeName } from '@patkit/core'
import { expect, test } from 'vitest'
import { ANY, ENTITY_TYPES, MANAGE_PATS, OPERATIONS, type PatScope, scopeName, scopeOf } from '../src/scope.ts'
import { scopeId } from '../src/scope-id.ts'

const PAT = '01961c1e-0000-7000-8000-000000000001'
const OTHER_PAT = '01961c1e-0000-7000-8000-000000000002'

const scopes: readonly PatScope[] = ENTITY_TYPES.flatMap((entityType) =>
  OPERATIONS.flatMap((operation) =>
    [null, 'd1'].flatMap((domain) =>
      [ANY, 'c1'].map((entityId): PatScope => ({ domain, entityType, entityId, operation })),
    ),
  ),
)

test('every scope is a name of its own, and is read back from it', () => {
  const names = scopes.map(scopeName)
  expect(names.every(isScopeName)).toBe(true)
  expect(new Set(names).size).toBe(scopes.length)
  expect(names.map(scopeOf)).toEqual(scopes)
  expect(scopeName(scopeOf(MANAGE_PATS))).toBe(MANAGE_PATS)
})

test('no scope of an entity covers one of another type or operation, nor the management of PATs', () => {
  const rules = { wildcards: true }
  const widest = scopes.filter(({ domain, entityId }) => domain === null && entityId === ANY)
  for (const scope of widest) {
    const others = scopes.filter(
      ({ entityType, operation }) => entityType !== scope.entityType || operation !== scope.operation,
    )
    expect(covers([scopeName(scope)], [MANAGE_PATS], rules)).toBe(false)
    expect(others.filter((other) => covers([scopeName(scope)], [scopeName(other)], rules))).toEqual([])
  }
})

test('an id is the UUID of version 5 that RFC 9562 has for its example', () => {
  expect(scopeId('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  )
})

test('the same scope has the same id in a PAT, and another one in another PAT', () => {
  const ids = [PAT, OTHER_PAT].flatMap((pat) => scopes.map((scope) => scopeId(pat, scopeName(scope))))
  expect(new Set(ids).size).toBe(2 * scopes.length)
  expect(scopeId(PAT, 'a:b')).toBe(scopeId(PAT, 'a:b'))
})

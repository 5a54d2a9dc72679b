import { actingAs } from '@patkit/core/testing'
import { expect, test } from 'vitest'
import { adapter } from './api.ts'

test('every request acts as the record, and guards judge it as in service', async () => {
  const request = { rawHeaders: [], peer: '192.0.2.7' }
  const auth = adapter.patAuth(actingAs({ scopes: ['drive:read'], userId: 'u1' }))
  expect(await auth(request)).toMatchObject({ ok: true, record: { userId: 'u1' } })
  expect(await adapter.requireScope('drive:read')(request)).toMatchObject({ ok: true })
  expect(await adapter.requireScope('drive:write')(request)).toMatchObject({ challenge: { status: 403 } })
})

test('scopes are read by the options that are given', async () => {
  const request = { rawHeaders: [] }
  await adapter.patAuth(actingAs({ scopes: ['drive:*'] }, { wildcards: true, implies: { 'drive:write': ['audit'] } }))(
    request,
  )
  expect(await adapter.requireScope('drive:read', 'audit')(request)).toMatchObject({ ok: true })
  expect(() => actingAs({}, { implies: { '*': [] } })).toThrow(
    new TypeError('patkit option "implies" must name exact scopes, not "*"'),
  )
})

test('absent members are empty, and wrong ones are named', async () => {
  expect(await adapter.patAuth(actingAs({}))({ rawHeaders: [] })).toMatchObject({
    record: { scopes: [], userId: null },
  })
  expect(() => actingAs({ scopes: ['a b'] })).toThrow('scopes')
})

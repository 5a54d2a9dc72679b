import {
  createVerifier,
  type RegisteredRecord,
  type ScopeOf,
  type TokenRecord,
  tokenFormat,
  type Verifier,
} from '@patkit/core'
import type { RegisteredPat, RegisteredScope } from '@patkit/core/adapter'
import { actingAs } from '@patkit/core/testing'
import { expectTypeOf } from 'vitest'
import { type DriveToken, scopes } from './register.ts'

const format = tokenFormat({ prefix: 'acme_pat' })
declare const stored: TokenRecord
declare const driveToken: DriveToken

expectTypeOf<RegisteredRecord>().toEqualTypeOf<DriveToken>()
expectTypeOf<RegisteredPat>().toEqualTypeOf<Readonly<DriveToken>>()
expectTypeOf<RegisteredScope>().toEqualTypeOf<'drive:read' | 'drive:write'>()

expectTypeOf<ScopeOf<typeof scopes>>().toEqualTypeOf<'drive:read' | 'drive:write'>()
expectTypeOf(scopes.names).toEqualTypeOf<readonly ('drive:read' | 'drive:write')[]>()
expectTypeOf(scopes.labels['drive:read']).toEqualTypeOf<string>()
// @ts-expect-error not in the catalog
scopes.labels['drive:delete']

expectTypeOf(createVerifier({ format, resolve: () => driveToken })).toEqualTypeOf<Verifier<DriveToken>>()
createVerifier({ format, resolve: () => null })
createVerifier({ format, resolve: async () => undefined })
// @ts-expect-error a resolver must find something, or null
createVerifier({ format, resolve: () => 'acme' })
// @ts-expect-error a record must have every member
createVerifier({ format, resolve: () => ({ id: '1', digest: 'd', scopes: [] }) })
// @ts-expect-error dates are dates
createVerifier({ format, resolve: () => ({ ...driveToken, expiresAt: '2026-01-01' }) })

actingAs({ scopes: ['drive:read'], team: 'red' })
// @ts-expect-error no such team
actingAs({ team: 'green' })

expectTypeOf(stored).not.toExtend<RegisteredRecord>()

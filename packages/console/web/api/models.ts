import type { components, operations } from './schema.ts'

type Schemas = components['schemas']

export type Token = Schemas['Token']
export type OwnedToken = Schemas['OwnedToken']
export type IssuedToken = Schemas['IssuedToken']
export type Secret = Schemas['Secret']
export type ScopeUse = Schemas['ScopeUse']
export type Caller = Schemas['Caller']
export type Policy = Schemas['Policy']
export type ScopeOffer = Schemas['Scope']
export type Principal = Schemas['Principal']
export type AuditEvent = Schemas['AuditEvent']
export type Problem = Schemas['Problem']
export type TokenQuery = NonNullable<operations['listTokens']['parameters']['query']>
export type AuditQuery = NonNullable<operations['listAudit']['parameters']['query']>
export type Creation = operations['createToken']['requestBody']['content']['application/json']

export interface Page<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

export interface CountedPage<T> extends Page<T> {
  readonly total: number
}

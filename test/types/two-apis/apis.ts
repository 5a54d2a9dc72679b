import { defineScopes, type ScopeOf, type TokenRecord } from '@patkit/core'

export const driveScopes = defineScopes({ 'drive:read': 'Read files', 'drive:write': 'Write files' })
export const adminScopes = defineScopes({ 'users:read': 'Read users' })

export interface DriveToken extends TokenRecord {
  readonly team: 'red' | 'blue'
}

export interface AdminToken extends TokenRecord {
  readonly team: number
  readonly level: 1 | 2
}

export interface DriveTypes {
  readonly record: DriveToken
  readonly scope: ScopeOf<typeof driveScopes>
}

export interface AdminTypes {
  readonly record: AdminToken
  readonly scope: ScopeOf<typeof adminScopes>
  readonly optional: true
}

export declare const driveToken: DriveToken
export declare const adminToken: AdminToken

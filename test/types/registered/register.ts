import { defineScopes, type ScopeOf, type TokenRecord } from '@patkit/core'

export const scopes = defineScopes({ 'drive:read': 'Read files', 'drive:write': 'Write files' })

export interface DriveToken extends TokenRecord {
  readonly team: 'red' | 'blue'
  readonly quota: number
}

declare module '@patkit/core' {
  interface Register {
    record: DriveToken
    scope: ScopeOf<typeof scopes>
  }
}

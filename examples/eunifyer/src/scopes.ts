import { defineScopes, type ScopeOf } from '@patkit/core'

/** What a token of EUnifyer can be allowed to do. */
export const scopes = defineScopes({
  'drive:read': 'Browse Drive',
  'drive:write': 'Create and change files in Drive',
  'sites:read': 'Read Sites',
  'admin:tokens': 'Manage service principals and their tokens, and read the audit log',
})

export type EunifyerScope = ScopeOf<typeof scopes>

/** Without it, a token manages nothing, for any owner. */
export const MANAGEMENT: EunifyerScope = 'admin:tokens'

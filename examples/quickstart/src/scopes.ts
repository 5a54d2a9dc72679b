import { defineScopes, type ScopeOf } from '@patkit/core'

/** What a token of this API can be allowed to do, with the words a person reads. */
export const scopes = defineScopes({
  'drive:read': 'List and read files',
  'drive:write': 'Create and change files',
})

export type DriveScope = ScopeOf<typeof scopes>

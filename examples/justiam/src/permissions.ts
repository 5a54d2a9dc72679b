import { defineScopes, type ScopeOf } from '@patkit/core'

/** JustIAM's permissions have dots, which mean nothing to patkit: each is a scope of one segment. */
export const permissions = defineScopes({
  'users.view': 'See users',
  'users.edit': 'Disable users, and take permissions away from them',
  'service_accounts.tokens': 'Manage the tokens of service accounts',
})

export type Permission = ScopeOf<typeof permissions>

/** What every token is granted: all that its owner may do, at each use. */
export const EVERYTHING = '*'

import type { Owner, Principal } from '@patkit/tokens'
import type { Permission } from './permissions.ts'

export interface User {
  readonly id: string
  readonly username: string
  readonly isServiceAccount: boolean
  readonly permissions: readonly Permission[]
}

/** There is one organization, which the document does not speak of. */
export const ORGANIZATION = 'justiam'

/** Who is there at every start. Their ids stay, so that tokens of earlier starts are still theirs. */
export const USERS = {
  user: {
    id: '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7a01',
    username: 'ada',
    isServiceAccount: false,
    permissions: ['users.view'],
  },
  admin: {
    id: '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7a02',
    username: 'grace',
    isServiceAccount: false,
    permissions: ['users.view', 'users.edit', 'service_accounts.tokens'],
  },
  guest: {
    id: '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7a03',
    username: 'linus',
    isServiceAccount: false,
    permissions: [],
  },
  serviceAccount: {
    id: '5f0c1b1e-6a55-4c1c-9d6e-0d2f8b6c7a04',
    username: 'terraform',
    isServiceAccount: true,
    permissions: ['users.view'],
  },
} as const satisfies Readonly<Record<string, User>>

export function ownerOf({ id }: Pick<User, 'id'>): Owner {
  return { organizationId: ORGANIZATION, principalId: id }
}

/** A user as the owner of tokens: its permissions are their ceiling. */
export function principalOf(user: User, disabledAt: Date | null = null): Principal {
  return {
    ...ownerOf(user),
    kind: user.isServiceAccount ? 'service' : 'user',
    ceiling: user.permissions,
    disabledAt,
  }
}

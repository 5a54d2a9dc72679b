import type { Owner } from '@patkit/tokens'

/** Users belong to the platform, and are members of its domains. */
const PLATFORM = 'magistrala'

export const USER: Owner = { organizationId: PLATFORM, principalId: '9118de62-c680-46b7-8d0a-21748a52833a' }
export const OTHER_USER: Owner = { organizationId: PLATFORM, principalId: '2f0c7f3b-55c1-4a3e-9d6e-6c1b0f4a7d52' }
export const USERS: readonly Owner[] = [USER, OTHER_USER]

/** Both users are members of this one, and the other user alone of the second. */
export const DOMAIN = 'bb7edb32-2eac-4aad-aebe-ed96fe073879'
export const OTHER_DOMAIN = 'c16c980a-9d4c-4793-8fb2-c81304cf1d9f'

const DOMAIN_NAMES: ReadonlyMap<string, string> = new Map([
  [DOMAIN, 'Greenhouse'],
  [OTHER_DOMAIN, 'Warehouse'],
])

const MEMBERS: ReadonlyMap<string, readonly Owner[]> = new Map([
  [DOMAIN, [USER, OTHER_USER]],
  [OTHER_DOMAIN, [OTHER_USER]],
])

export function isMember(domain: string | undefined, principalId: string | null | undefined): boolean {
  const members = MEMBERS.get(domain ?? '') ?? []
  return members.some((member) => member.principalId === principalId)
}

/** The ids and names of the domains of a user. */
export function domainsOf(principalId: string): readonly (readonly [id: string, name: string])[] {
  return [...DOMAIN_NAMES].filter(([domain]) => isMember(domain, principalId))
}

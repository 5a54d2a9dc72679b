import { type Actor, type Principal, TokenError, type TokenService } from '@patkit/tokens'
import { ORGANIZATION, ownerOf, principalOf, USERS } from './users.ts'

export interface UserView {
  readonly id: string
  readonly username: string
  readonly is_service_account: boolean
  readonly permissions: readonly string[]
  readonly disabled: boolean
}

/** JustIAM's users. What decides about their tokens is what the token service knows of them as principals. */
export interface Directory {
  list(): Promise<readonly UserView[]>
  find(userId: string): Promise<Principal | null>
  /** All users as on the first day. */
  reset(): Promise<void>
  /** @returns whether there is such a user */
  withdraw(actorId: string, userId: string, permission: string): Promise<boolean>
  /** @returns whether there is such a user */
  disable(actorId: string, userId: string): Promise<boolean>
}

const USERNAMES = new Map<string, string>(Object.values(USERS).map(({ id, username }) => [id, username]))
/** The whole directory of this example fits on a page. */
const MOST_USERS = 100
const OPERATOR: Actor = { id: 'justiam', scopes: null }

export function createDirectory(tokens: TokenService, clock: () => number): Directory {
  const find = (id: string) => tokens.getPrincipal(ownerOf({ id })).catch(missing)

  async function change(actorId: string, id: string, changed: (user: Principal) => Principal): Promise<boolean> {
    // In one step: two changes of a user at once must not undo each other.
    const user = await tokens.changePrincipal({ id: actorId, scopes: null }, ownerOf({ id }), changed).catch(missing)
    return user !== null
  }

  return {
    find,
    async list() {
      const { items } = await tokens.listPrincipals({ organizationId: ORGANIZATION }, { limit: MOST_USERS })
      return items.map(viewOf)
    },
    async reset() {
      for (const user of Object.values(USERS)) await tokens.putPrincipal(OPERATOR, principalOf(user))
    },
    withdraw: (actorId, userId, permission) =>
      change(actorId, userId, (user) => ({
        ...user,
        ceiling: (user.ceiling ?? []).filter((own) => own !== permission),
      })),
    disable: (actorId, userId) => change(actorId, userId, (user) => ({ ...user, disabledAt: new Date(clock()) })),
  }
}

function viewOf({ principalId, kind, ceiling, disabledAt }: Principal): UserView {
  return {
    id: principalId,
    username: USERNAMES.get(principalId) ?? principalId,
    is_service_account: kind === 'service',
    permissions: ceiling ?? [],
    disabled: disabledAt !== null,
  }
}

function missing(error: unknown): null {
  if (error instanceof TokenError) return null
  throw error
}

/** Whom a token belongs to. Every statement about a token carries it: another owner's token does not exist. */
export interface Owner {
  readonly organizationId: string
  readonly principalId: string
}

/** A token or a principal, whole, stands for its own owner. */
const PRINCIPAL: readonly string[] = ['kind', 'disabledAt', 'ceiling']
const TOKEN: readonly string[] = [
  ...['id', 'version', 'name', 'description', 'hint', 'scopes', 'userId', 'ipAllowlist', 'createdBy', 'createdAt'],
  ...['updatedAt', 'issuedAt', 'expiresAt', 'revokedAt', 'lastUsedAt', 'lastUsedIp', 'useCount'],
]

/** The first member that an owner cannot have, and that may narrow what is meant; `undefined` where there is none. */
export function strayMember(owner: Owner): string | undefined {
  const { organizationId: _, principalId: __, ...rest } = owner
  const { status: ___, endsAt: ____, ...token } = rest as { readonly status?: unknown; readonly endsAt?: unknown }
  if (isOf(PRINCIPAL, rest) || isOf(TOKEN, token)) return undefined
  return Object.keys(rest)[0]
}

function isOf(members: readonly string[], value: object): boolean {
  return members.length === Object.keys(value).length && members.every((member) => member in value)
}

/** The owner of a token. Every statement about a token names it, so that another owner's token is not found. */
export interface Owner {
  readonly organizationId: string
  readonly principalId: string
}

/** A whole token or principal is accepted as its own owner. */
const PRINCIPAL: readonly string[] = ['kind', 'disabledAt', 'ceiling']
const TOKEN: readonly string[] = [
  ...['id', 'version', 'name', 'description', 'hint', 'scopes', 'userId', 'ipAllowlist', 'createdBy', 'createdAt'],
  ...['updatedAt', 'issuedAt', 'expiresAt', 'revokedAt', 'lastUsedAt', 'lastUsedIp', 'useCount'],
]

/** The first field that no owner has, and that may be meant to narrow; `undefined` for an exact owner. */
export function strayMember(owner: Owner): string | undefined {
  const { organizationId: _, principalId: __, ...rest } = owner
  const { status: ___, endsAt: ____, ...token } = rest as { readonly status?: unknown; readonly endsAt?: unknown }
  if (isOf(PRINCIPAL, rest) || isOf(TOKEN, token)) return undefined
  return Object.keys(rest)[0]
}

function isOf(members: readonly string[], value: object): boolean {
  return members.length === Object.keys(value).length && members.every((member) => member in value)
}

import type { TokenRecord } from '@patkit/core'
import type { MintedToken } from '@patkit/core/adapter'

/** The record of a token that works. */
export function recordOf(
  { digest }: Pick<MintedToken, 'digest'>,
  index: number,
  members: Partial<TokenRecord> = {},
): TokenRecord {
  return {
    id: `tok_${index}`,
    digest,
    scopes: ['drive:read', 'drive:write'],
    expiresAt: new Date(Date.now() + 86_400_000),
    revokedAt: null,
    ipAllowlist: null,
    userId: `user_${index}`,
    principalId: `principal_${index}`,
    organizationId: 'organization_1',
    ...members,
  }
}

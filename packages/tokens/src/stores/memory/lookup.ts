import type { StoredRecord, Token, TokenStore } from '../token-store.ts'
import { keyOf, type MemoryRows } from './rows.ts'

export function createLookup({
  tokens,
  secrets,
  principals,
}: Pick<MemoryRows, 'tokens' | 'secrets' | 'principals'>): Pick<TokenStore, 'resolveMany'> {
  function disabledOf(token: Token): 'principal' | 'user' | null {
    const principal = principals.get(keyOf(token))
    if (principal === undefined || principal.disabledAt !== null) return 'principal'
    if (token.userId === null) return null
    const user = principals.get(keyOf({ organizationId: token.organizationId, principalId: token.userId }))
    return user?.kind === 'user' && user.disabledAt === null ? null : 'user'
  }

  function recordOf(digest: string): StoredRecord | null {
    const secret = secrets.get(digest)
    const token = secret === undefined ? undefined : tokens.get(secret.tokenId)
    if (secret === undefined || token === undefined) return null
    const { id, scopes, expiresAt, revokedAt, ipAllowlist, userId, issuedAt, lastUsedAt, version } = token
    const { principalId, organizationId } = token
    const ceiling = principals.get(keyOf(token))?.ceiling ?? null
    return {
      ...{ id, digest, scopes, expiresAt, revokedAt, ipAllowlist, userId, issuedAt, lastUsedAt, version },
      ...{ principalId, organizationId, disabled: disabledOf(token), secretEndsAt: secret.endsAt },
      ...(ceiling !== null && { ceiling }),
      awaitsAdoption: secret.awaitsAdoption,
    }
  }

  return {
    async resolveMany(digests) {
      const found = new Map<string, StoredRecord>()
      for (const digest of digests) {
        const record = recordOf(digest)
        if (record !== null) found.set(digest, record)
      }
      return found
    },
  }
}

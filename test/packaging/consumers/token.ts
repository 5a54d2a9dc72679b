import { type TokenRecord, tokenFormat } from '@patkit/core'

export const format = tokenFormat({ prefix: 'acme_pat' })
export const token = format.mint()

const record: TokenRecord = {
  id: 'token-1',
  digest: token.digest,
  scopes: ['drive:read'],
  expiresAt: null,
  revokedAt: null,
  ipAllowlist: null,
  userId: 'user-1',
}

export function resolve(digest: string): TokenRecord | null {
  return digest === record.digest ? record : null
}

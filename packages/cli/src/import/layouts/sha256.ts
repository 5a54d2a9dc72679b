import type { Layout } from '../layout.ts'

/** The layout for all other systems: one column for each property of a token. */
export const sha256: Layout = {
  dates: { assumeUtc: false, epoch: false },
  digest: 'digest',
  limits: ['expires_at', 'revoked_at', 'ip_allowlist'],
  strict: true,
  read: (row) => ({
    digest: row.digest('digest', ['hex', 'base64url', 'base64']),
    organizationId: row.text('organization'),
    principalId: row.text('principal'),
    hint: row.text('hint'),
    name: row.text('name'),
    description: row.text('description'),
    scopes: row.list('scopes'),
    expiresAt: row.date('expires_at'),
    revokedAt: row.date('revoked_at'),
    createdAt: row.date('created_at'),
    lastUsedAt: row.date('last_used_at'),
    ipAllowlist: row.list('ip_allowlist'),
    userId: row.text('user_id'),
    id: row.text('id'),
  }),
}

import type { Layout } from '../layout.ts'
import { exactScopes, isSpent, keptId, resourceScopes } from './foreign-values.ts'

const SHOWN_OF_ID = 6

/** The table `apikey` of keypal, whose `metadata` is a JSON object or is spread over columns. It keeps no hints. */
export const keypal: Layout = {
  dates: { assumeUtc: false, epoch: false },
  digest: 'key_hash',
  limits: ['expires_at', 'revoked_at', 'enabled'],
  nested: 'metadata',
  read(row, { now }) {
    const id = row.text('id')
    const revokedAt = row.date('revoked_at')
    const spentAt = isSpent(row, 'remaining') ? now : null
    const scopes = exactScopes(row, 'scopes', row.list('scopes'))
    const resources = resourceScopes(row, 'resources')
    return {
      digest: row.digest('key_hash', ['hex']),
      principalId: row.text('owner_id'),
      hint: id === null ? null : `keypal ${id.slice(0, SHOWN_OF_ID)}…`,
      name: row.text('name'),
      description: row.text('description'),
      scopes: scopes === null && resources === null ? null : [...(scopes ?? []), ...(resources ?? [])],
      expiresAt: row.date('expires_at'),
      revokedAt: revokedAt ?? spentAt,
      createdAt: row.date('created_at'),
      lastUsedAt: row.date('last_used_at'),
      id: keptId(id),
    }
  },
}

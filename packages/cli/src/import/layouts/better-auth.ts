import type { Layout } from '../layout.ts'
import { isSpent, keptId, resourceScopes, startHint } from './foreign-values.ts'

/** The table `apikey` of better-auth. Its owner is `reference_id`, before 1.5 `user_id`. */
export const betterAuth: Layout = {
  dates: { assumeUtc: false, epoch: true },
  digest: 'key',
  limits: ['expires_at', 'enabled', 'remaining'],
  read(row, { now }) {
    const updatedAt = row.date('updated_at')
    const prefix = row.text('prefix')
    const former = row.text('user_id')
    return {
      digest: row.digest('key', ['base64url']),
      principalId: row.text('reference_id') ?? former,
      hint: startHint(row.text('start') ?? prefix),
      name: row.text('name'),
      scopes: resourceScopes(row, 'permissions'),
      expiresAt: row.date('expires_at'),
      revokedAt: isSpent(row, 'remaining') ? (updatedAt ?? now) : null,
      createdAt: row.date('created_at'),
      lastUsedAt: row.date('last_request'),
      id: keptId(row.text('id')),
    }
  },
}

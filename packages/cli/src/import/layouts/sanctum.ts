import type { Layout } from '../layout.ts'
import { exactScopes } from './foreign-values.ts'

/**
 * The table `personal_access_tokens` of Laravel Sanctum. Laravel writes dates in the application's time zone and without
 * saying so; that zone is UTC unless `app.timezone` is another.
 */
export const sanctum: Layout = {
  dates: { assumeUtc: true, epoch: false },
  digest: 'token',
  limits: ['expires_at'],
  read(row, { ownerOf }) {
    const id = row.text('id')
    return {
      digest: row.digest('token', ['hex']),
      principalId: ownerOf(row, 'tokenable_type', 'tokenable_id'),
      hint: id === null ? null : `sanctum ${id}|…`,
      name: row.text('name'),
      scopes: exactScopes(row, 'abilities', row.list('abilities'), ['*']),
      expiresAt: row.date('expires_at'),
      createdAt: row.date('created_at'),
      lastUsedAt: row.date('last_used_at'),
    }
  },
}

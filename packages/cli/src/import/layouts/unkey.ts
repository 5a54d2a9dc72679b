import type { Layout } from '../layout.ts'
import type { Row } from '../row.ts'
import { exactScopes, isSpent, keptId, startHint } from './foreign-values.ts'

/**
 * The table `keys` of Unkey, with `external_id` of `identities` and a list of the `slug`s of `permissions` where they
 * were joined to it. `expires` is written in UTC.
 */
export const unkey: Layout = {
  dates: { assumeUtc: true, epoch: true },
  digest: 'hash',
  limits: ['expires', 'enabled', 'deleted_at_m', 'remaining_requests'],
  read(row, { now }) {
    const deletedAt = row.date('deleted_at_m')
    const updatedAt = row.date('updated_at_m')
    if (row.text('pending_migration_id') !== null) {
      row.refuse('pending_migration_id', 'is set: the digest is of the system that the key came to Unkey from')
    }
    const spentAt = isSpent(row, 'remaining_requests') ? (updatedAt ?? now) : null
    return {
      digest: row.digest('hash', ['base64']),
      principalId: ownerOf(row),
      hint: startHint(row.text('start')),
      name: row.text('name'),
      scopes: exactScopes(row, 'permissions', row.list('permissions')),
      expiresAt: row.date('expires'),
      revokedAt: deletedAt ?? spentAt,
      createdAt: unlessZero(row.date('created_at_m')),
      lastUsedAt: unlessZero(row.date('last_used_at')),
      id: keptId(row.text('id')),
    }
  },
}

/** Identities are named by ids of Unkey's own; they are owners only where the file has no name that users know. */
function ownerOf(row: Row): string | null {
  const external = row.text('external_id')
  const owner = row.text('owner_id')
  if (row.has('external_id') || row.has('owner_id')) return external ?? owner
  return row.text('identity_id')
}

function unlessZero(date: Date | null): Date | null {
  return date?.getTime() === 0 ? null : date
}

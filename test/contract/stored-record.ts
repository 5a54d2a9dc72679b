import type { TokenRecord } from '@patkit/core'

/** A date, `invalid` for one that cannot be read; or a member that is there but undefined, or not there at all. */
type Marker = { readonly $date: string } | { readonly $undefined: true } | { readonly $missing: true }

/**
 * The record behind the token: the usual one, changed as a vector says. JSON cannot say dates, absence or another
 * token's digest, so it says them with markers.
 */
export function storedRecord(digest: string, changes: Readonly<Record<string, unknown>>): TokenRecord {
  const record: Record<string, unknown> = {
    id: 'token-1',
    digest,
    scopes: ['drive:read'],
    expiresAt: null,
    revokedAt: null,
    ipAllowlist: null,
    userId: 'user-1',
  }
  for (const [member, value] of Object.entries(changes)) {
    const plain = { value: revived(value, digest), enumerable: true, configurable: true }
    if (isMarker(value, '$missing')) delete record[member]
    else Object.defineProperty(record, member, plain)
  }
  return record as unknown as TokenRecord
}

function revived(value: unknown, digest: string): unknown {
  if (value === '$otherDigest') return [...digest].toReversed().join('')
  if (isMarker(value, '$undefined')) return undefined
  return isMarker(value, '$date') ? new Date((value as { $date: string }).$date) : value
}

function isMarker(value: unknown, marker: string): value is Marker {
  return typeof value === 'object' && value !== null && marker in value
}

import type { Query } from '../api/client.ts'
import type { AuditQuery } from '../api/models.ts'

const NAMES = ['outcome', 'reason', 'token_id', 'principal_id', 'client_ip', 'request_id', 'from', 'until'] as const

/** The filters of the audit log, as they stand in the URL. */
export type AuditFilters = Readonly<Record<(typeof NAMES)[number], string>>

/** Every reason of the API: the compiler names one that is missing. */
export const REASONS: readonly string[] = Object.keys({
  missing_credential: true,
  malformed_credential: true,
  malformed_token: true,
  unknown_token: true,
  revoked: true,
  superseded: true,
  expired: true,
  principal_disabled: true,
  user_disabled: true,
  ip_denied: true,
  user_required: true,
  insufficient_scope: true,
  rate_limited: true,
  unavailable: true,
} satisfies Record<NonNullable<AuditQuery['reason']>, true>)

export function auditFilters(params: URLSearchParams): AuditFilters {
  return Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ''])) as AuditFilters
}

/** The filters as the API takes them: times of the viewer's zone as instants. */
export function auditQuery({ from, until, ...filters }: AuditFilters): Query {
  return { ...filters, from: instantText(from), until: instantText(until) }
}

function instantText(local: string): string | undefined {
  const instant = new Date(local)
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString()
}

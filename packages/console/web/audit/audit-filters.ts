import type { Query } from '../api/client.ts'

/** The filters of the audit log, as they stand in the URL. */
export const AUDIT_FILTERS = ['outcome', 'reason', 'token_id', 'principal_id', 'client_ip', 'from', 'until'] as const

export type AuditFilters = Readonly<Record<(typeof AUDIT_FILTERS)[number], string>>

export const REASONS = [
  'missing_credential',
  'malformed_credential',
  'malformed_token',
  'unknown_token',
  'revoked',
  'superseded',
  'expired',
  'principal_disabled',
  'user_disabled',
  'ip_denied',
  'user_required',
  'insufficient_scope',
  'rate_limited',
  'unavailable',
] as const

export function auditFilters(params: URLSearchParams): AuditFilters {
  return Object.fromEntries(AUDIT_FILTERS.map((name) => [name, params.get(name) ?? ''])) as AuditFilters
}

/** The filters as the API takes them: times of the viewer's zone as instants. */
export function auditQuery({ from, until, ...filters }: AuditFilters): Query {
  return { ...filters, from: instantText(from), until: instantText(until) }
}

function instantText(local: string): string | undefined {
  const instant = new Date(local)
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString()
}

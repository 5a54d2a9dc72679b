import { DENY_REASONS } from '@patkit/core/adapter'
import type { AuditFilterInput, AuditScope } from '@patkit/tokens'
import type { Option } from 'commander'
import { option, type Session } from '../command.ts'
import { choice, instantOrAgo } from './values.ts'

export interface AuditOptions {
  readonly principal?: string
  readonly token?: string
  readonly outcome?: string
  readonly reason?: string
  readonly ip?: string
  readonly request?: string
  readonly from?: string
  readonly until?: string
}

const OUTCOMES = ['allowed', 'denied', 'changed'] as const

export const AUDIT_OPTIONS: readonly Option[] = [
  option(
    '--organization <id>',
    'only events of this organization (default: all events, those without an organization included)',
  ),
  option('--principal <id>', 'of one owner, in the organization that is set'),
  option('--token <id>', 'of one token'),
  option('--outcome <outcome>', OUTCOMES.join(', ')),
  option('--reason <reason>', `why it was denied: ${DENY_REASONS.join(', ')}`),
  option('--ip <address>', 'of one client address'),
  option('--request <id>', 'of one request, by its id'),
  option('--from <instant>', 'from an RFC 3339 instant on, or a duration ago, such as 24h'),
  option('--until <instant>', 'before an instant, or a duration ago'),
]

/** @throws CliError naming the option */
export function auditFilter({ world }: Session, given: AuditOptions): AuditFilterInput {
  const { token, outcome, reason, ip, request, from, until } = given
  return {
    ...(token !== undefined && { tokenId: token }),
    ...(outcome !== undefined && { outcome: choice('--outcome', outcome, OUTCOMES) }),
    ...(reason !== undefined && { reason: choice('--reason', reason, DENY_REASONS) }),
    ...(ip !== undefined && { clientIp: ip }),
    ...(request !== undefined && { requestId: request }),
    ...(from !== undefined && { from: instantOrAgo('--from', from, world.clock()) }),
    ...(until !== undefined && { until: instantOrAgo('--until', until, world.clock()) }),
  }
}

/** All events unless an argument selects an organization: events of unknown tokens have no organization. */
export function auditScope({ settings }: Session, { principal }: AuditOptions): AuditScope {
  if (principal !== undefined) return { organizationId: settings.organization, principalId: principal }
  return settings.namedOrganization === null ? null : { organizationId: settings.namedOrganization }
}

import type { AuditEvent } from '../api/models.ts'

const COLUMNS = [
  ...['at', 'kind', 'outcome', 'count', 'token_id', 'principal_id', 'user_id', 'actor_id', 'client_ip'],
  ...['method', 'path', 'request_id', 'user_agent', 'required_scopes', 'missing_scopes', 'reason', 'id'],
] as const

export function jsonLines(events: readonly AuditEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

/**
 * Where a spreadsheet would begin to read a formula: at the start of a cell, and after a character at which one with
 * another separator would begin a cell. The rule of `patkit audit export`.
 */
const FORMULA = /^(?=[=+\-@\t\r＝＋－＠])|(?<=[;|\t]"*)(?=[=+\-@＝＋－＠])/gu

/** RFC 4180, with an apostrophe before what would be a formula. */
export function csv(events: readonly AuditEvent[]): string {
  const rows = [COLUMNS, ...events.map(cells)]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cells(event: AuditEvent): readonly string[] {
  const { request, required_scopes, missing_scopes } = event
  const flat: Record<string, unknown> = {
    ...event,
    method: request?.method,
    path: request?.path,
    request_id: request?.id,
    user_agent: request?.user_agent,
    required_scopes: required_scopes.join(' '),
    missing_scopes: missing_scopes.join(' '),
  }
  return COLUMNS.map((name) => String(flat[name] ?? ''))
}

function cell(text: string): string {
  const safe = text.replace(FORMULA, "'")
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

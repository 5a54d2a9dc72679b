import type { LoggedEvent } from '@patkit/tokens'
import { instantText } from '../options/values.ts'
import { type Column, NONE } from './table.ts'
import type { Style } from './text.ts'

type Cells = Readonly<Record<(typeof CSV_COLUMNS)[number], string>>

/** What a row of a spreadsheet has, uses and changes alike. */
export const CSV_COLUMNS = [
  'id',
  'at',
  'kind',
  'outcome',
  'action',
  'tokenId',
  'principalId',
  'organizationId',
  'userId',
  'actorId',
  'clientIp',
  'requiredScopes',
  'missingScopes',
  'fields',
  'reason',
  'method',
  'path',
  'route',
  'userAgent',
  'requestId',
  'count',
] as const

const NO_CELLS = Object.fromEntries(CSV_COLUMNS.map((name) => [name, ''])) as Cells

export function csvCells(event: LoggedEvent): Cells {
  const { id, kind, tokenId, principalId, organizationId } = event
  const known = { id, at: event.at.toISOString(), kind }
  const whose = { tokenId: tokenId ?? '', principalId: principalId ?? '', organizationId: organizationId ?? '' }
  if (event.kind === 'change') {
    const { action, actorId, clientIp, fields, reason } = event
    return {
      ...NO_CELLS,
      ...known,
      ...whose,
      outcome: 'changed',
      action,
      actorId,
      clientIp: clientIp ?? '',
      fields: fields.join(' '),
      reason: reason ?? '',
      count: '1',
    }
  }
  const { outcome, userId, clientIp, requiredScopes, missingScopes, request, count } = event
  return {
    ...NO_CELLS,
    ...known,
    ...whose,
    outcome,
    userId: userId ?? '',
    clientIp: clientIp ?? '',
    requiredScopes: requiredScopes.join(' '),
    missingScopes: missingScopes.join(' '),
    method: request.method,
    path: request.path ?? '',
    route: request.route ?? '',
    userAgent: request.userAgent ?? '',
    requestId: request.id ?? '',
    count: String(count),
  }
}

export function eventColumns(style: Style): readonly Column<LoggedEvent>[] {
  return [
    { title: 'at', value: ({ at }) => instantText(at) },
    { title: 'what', value: whatHappened, paint: (text, event) => paintOf(style, event)(text) },
    { title: 'token', value: ({ tokenId }) => tokenId ?? NONE },
    { title: 'principal', value: ({ principalId }) => principalId ?? NONE, least: 8, optional: true },
    { title: 'by', value: whoChanged, least: 8, optional: true },
    { title: 'from', value: ({ clientIp }) => clientIp ?? NONE, optional: true },
    { title: 'request', value: whatOf, least: 12, optional: true },
    { title: 'user agent', value: userAgentOf, least: 10, optional: true },
  ]
}

/** Denials of unknown tokens are folded, and say how many they are. */
function whatHappened(event: LoggedEvent): string {
  if (event.kind === 'change') return event.action
  return event.count === 1 ? event.outcome : `${event.outcome} ×${event.count}`
}

/** A use has no actor but the principal that it is a use of. */
function whoChanged(event: LoggedEvent): string {
  return event.kind === 'change' ? event.actorId : NONE
}

function whatOf(event: LoggedEvent): string {
  if (event.kind === 'change') return event.reason ?? (event.fields.join(' ') || NONE)
  return `${event.request.method} ${event.request.path ?? event.request.route ?? ''}`.trimEnd()
}

function userAgentOf(event: LoggedEvent): string {
  return event.kind === 'change' ? NONE : (event.request.userAgent ?? NONE)
}

function paintOf(style: Style, event: LoggedEvent): (text: string) => string {
  if (event.kind === 'change') return style.cyan
  return event.outcome === 'allowed' ? style.green : style.red
}

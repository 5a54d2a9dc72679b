import type { JSX } from 'preact'
import type { AuditEvent } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { Time } from '../parts/time.tsx'
import { type EventKind, kindOf } from '../token/event-counts.ts'
import { explained } from './explain.ts'

/** Shapes that differ without colour: a tick, a cross, a square. */
const SHAPES: Readonly<Record<EventKind, string>> = {
  allowed: 'M1 6.5 2.6 5l2.2 2.2L9.5 2 11 3.5 4.8 10z',
  denied: 'M2.5 1 6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5z',
  changed: 'M2 2h8v8H2z',
}

interface TableProps {
  readonly events: readonly AuditEvent[]
  /** Whether the token and its owner are columns. */
  readonly hasToken: boolean
}

export function EventTable({ events, hasToken }: TableProps): JSX.Element {
  const { t } = useConsole()
  return (
    <table class="table cards" role="table">
      <caption class="visually-hidden">{t('audit.outcomes')}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col">{t('events.when')}</th>
          <th scope="col">{t('events.what')}</th>
          {hasToken && <th scope="col">{t('audit.token')}</th>}
          <th scope="col">{t('events.request')}</th>
          <th scope="col">{t('events.address')}</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {events.map((event) => (
          <Row key={event.id} event={event} hasToken={hasToken} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ event, hasToken }: { event: AuditEvent; hasToken: boolean }): JSX.Element {
  const { t } = useConsole()
  return (
    <tr role="row">
      <td role="cell" data-label={t('events.when')}>
        <Time at={event.at} none="" />
      </td>
      <td role="cell" data-label={t('events.what')}>
        <Outcome event={event} />
      </td>
      {hasToken && (
        <td role="cell" data-label={t('audit.token')}>
          <span class="mono">{event.token_id ?? (event.kind === 'change' ? '' : t('audit.unknownToken'))}</span>
          {event.principal_id !== null && (
            <div class="small muted">
              <bdi>{event.principal_id}</bdi>
            </div>
          )}
        </td>
      )}
      <td role="cell" data-label={t('events.request')}>
        <Request event={event} />
      </td>
      <td role="cell" data-label={t('events.address')}>
        <span class="mono">{event.client_ip ?? ''}</span>
      </td>
    </tr>
  )
}

function Outcome({ event }: { event: AuditEvent }): JSX.Element {
  const { t } = useConsole()
  const kind = kindOf(event)
  return (
    <span>
      <span class={`status ${kind}`}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d={SHAPES[kind]} />
        </svg>
        {kind === 'changed' ? event.outcome : t(`events.${kind}`)}
      </span>
      {kind !== 'allowed' && <div class="small">{explained(event, t)}</div>}
      {event.reason !== null && <Reason reason={event.reason} />}
      {event.count > 1 && <div class="small muted">{t('events.times', { count: event.count })}</div>}
      {event.actor_id !== null && (
        <div class="small muted">
          <bdi>{t('events.by', { actor: event.actor_id })}</bdi>
        </div>
      )}
    </span>
  )
}

function Reason({ reason }: { reason: string }): JSX.Element {
  return (
    <div class="small">
      <bdi>“{reason}”</bdi>
    </div>
  )
}

function Request({ event: { request } }: { event: AuditEvent }): JSX.Element {
  if (request === null) return <span />
  return (
    <span>
      <span class="mono">
        {request.method} {request.path}
      </span>
      {request.user_agent !== null && (
        <div class="small muted">
          <bdi>{request.user_agent}</bdi>
        </div>
      )}
      {request.id !== null && <div class="small muted mono">{request.id}</div>}
    </span>
  )
}

import type { JSX } from 'preact'
import type { AuditEvent, Page } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { type Bar, Bars } from '../parts/bars.tsx'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { Pager, useCursors } from '../parts/pager.tsx'
import { hashOf } from '../route.ts'
import { kindOf } from '../token/event-counts.ts'
import { auditFilters, auditQuery } from './audit-filters.ts'
import { AuditForm } from './audit-form.tsx'
import { Decisions } from './decision.tsx'
import { Download } from './download.tsx'
import { EventTable } from './event-table.tsx'

const PAGE = 50

interface ScreenProps {
  readonly params: URLSearchParams
  readonly takesFocus: boolean
}

/** The audit log of the organization. Its filters live in the URL. */
export function AuditScreen({ params, takesFocus }: ScreenProps): JSX.Element {
  const { client, t, go } = useConsole()
  const filters = auditFilters(params)
  const key = JSON.stringify(filters)
  const cursors = useCursors(key)
  const loaded = useLoaded(
    (signal) =>
      client.get<Page<AuditEvent>>('/audit', { ...auditQuery(filters), limit: PAGE, cursor: cursors.cursor }, signal),
    [key, cursors.cursor],
  )
  return (
    <section class="screen stack">
      <Heading takesFocus={takesFocus}>{t('audit.title')}</Heading>
      <AuditForm key={key} filters={filters} onApply={(next) => go(hashOf(['audit'], next))} />
      <LoadedView loaded={loaded}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <div class="empty" role="status">
              <p>{t(filters.request_id === '' ? 'events.none' : 'audit.notFound')}</p>
            </div>
          ) : (
            <>
              {filters.request_id === '' ? (
                <Bars title={t('audit.chart')} axis={t('events.what')} bars={outcomeBars(items)} />
              ) : (
                <Decisions events={items} />
              )}
              <Download filters={filters} />
              <EventTable events={items} hasToken />
              <Pager cursors={cursors} next={next_cursor} />
            </>
          )
        }
      </LoadedView>
    </section>
  )
}

/** One bar for each outcome, the most frequent first. */
function outcomeBars(events: readonly AuditEvent[]): Bar[] {
  const bars = new Map<string, Bar>()
  for (const event of events) {
    const { outcome, count } = event
    bars.set(outcome, { label: outcome, series: kindOf(event), count: count + (bars.get(outcome)?.count ?? 0) })
  }
  return [...bars.values()].sort((a, b) => b.count - a.count)
}

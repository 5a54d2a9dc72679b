import type { JSX } from 'preact'
import type { AuditEvent, Page } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { Chart, type Column } from '../parts/chart.tsx'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { Pager, useCursors } from '../parts/pager.tsx'
import { hashOf } from '../route.ts'
import { kindOf } from '../token/event-counts.ts'
import { auditFilters, auditQuery } from './audit-filters.ts'
import { AuditForm } from './audit-form.tsx'
import { Download } from './download.tsx'
import { EventTable } from './event-table.tsx'
import { Lookup } from './lookup.tsx'

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
      <Lookup filters={filters} />
      <LoadedView loaded={loaded}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <div class="empty" role="status">
              <p>{t('events.none')}</p>
            </div>
          ) : (
            <>
              <Chart title={t('audit.chart')} axis={t('events.what')} columns={outcomeColumns(items)} />
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

/** One column for each outcome, the most frequent first. */
function outcomeColumns(events: readonly AuditEvent[]): Column[] {
  const columns = new Map<string, { label: string; allowed: number; denied: number; changed: number }>()
  for (const event of events) {
    const column = columns.get(event.outcome) ?? { label: event.outcome, allowed: 0, denied: 0, changed: 0 }
    column[kindOf(event)] += event.count
    columns.set(event.outcome, column)
  }
  const total = ({ allowed, denied, changed }: Column) => allowed + denied + changed
  return [...columns.values()].sort((a, b) => total(b) - total(a))
}

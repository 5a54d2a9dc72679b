import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { EventTable } from '../audit/event-table.tsx'
import { useConsole } from '../console.ts'
import type { Loaded } from '../loaded.ts'
import { Chart } from '../parts/chart.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { dayColumns, MOST_EVENTS } from './event-counts.ts'
import type { Events } from './one-token.ts'

const STEP = 10

/** The activity of a token: a chart, and the list behind it. */
export function TokenEvents({ events }: { events: Loaded<Events> }): JSX.Element {
  const { t } = useConsole()
  return (
    <section class="panel" aria-label={t('events.title')}>
      <h3>{t('events.title')}</h3>
      <LoadedView loaded={events}>{(value) => <Activity {...value} />}</LoadedView>
    </section>
  )
}

function Activity({ items, isComplete }: Events): JSX.Element {
  const { t, language } = useConsole()
  const [shown, setShown] = useState(STEP)
  if (items.length === 0) return <p class="muted">{t('events.none')}</p>
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
  return (
    <>
      <Chart
        title={t('events.chart')}
        axis={t('events.day')}
        columns={dayColumns(items, Date.now(), (date) => day.format(date))}
      />
      {!isComplete && <p class="small muted">{t('events.partial', { number: MOST_EVENTS })}</p>}
      <EventTable events={items.slice(0, shown)} hasToken={false} />
      {shown < items.length && (
        <div>
          <button type="button" onClick={() => setShown(shown + STEP)}>
            {t('events.more')}
          </button>
        </div>
      )}
    </>
  )
}

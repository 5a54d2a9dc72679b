import type { JSX, TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { AuditEvent } from '../api/models.ts'
import { pagesOf } from '../api/pages.ts'
import { useConsole } from '../console.ts'
import { useAction } from '../loaded.ts'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { type AuditFilters, auditQuery } from './audit-filters.ts'
import { EventTable } from './event-table.tsx'
import { explained } from './explain.ts'

const MOST = 2_000

/** Explains the decision about one request. */
export function Lookup({ filters }: { filters: AuditFilters }): JSX.Element {
  const { client, t } = useConsole()
  const action = useAction()
  const [id, setId] = useState('')
  const [found, setFound] = useState<readonly AuditEvent[] | null>(null)

  async function find() {
    setFound(null)
    const matching: AuditEvent[] = []
    for await (const { items } of pagesOf<AuditEvent>(client, '/audit', auditQuery(filters), MOST)) {
      matching.push(...items.filter(({ request }) => request?.id === id))
      if (matching.length > 0) break
    }
    setFound(matching)
  }

  function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (id !== '') void action.run(find)
  }

  return (
    <details>
      <summary>{t('audit.lookup')}</summary>
      <form class="stack" onSubmit={submit}>
        <div class="row end">
          <Field label={t('audit.requestId')} help={t('audit.lookupHelp', { number: MOST })}>
            {(attributes) => (
              <input
                {...attributes}
                class="mono"
                value={id}
                onInput={(event) => setId(event.currentTarget.value.trim())}
              />
            )}
          </Field>
          <button type="submit" aria-disabled={action.isBusy}>
            {action.isBusy ? t('state.loading') : t('audit.find')}
          </button>
        </div>
        <Failure failure={action.failure} isForm />
        {found !== null && <Findings events={found} />}
      </form>
    </details>
  )
}

function Findings({ events }: { events: readonly AuditEvent[] }): JSX.Element {
  const { t } = useConsole()
  if (events.length === 0) return <p role="status">{t('audit.notFound', { number: MOST })}</p>
  return (
    <>
      <div class="message" role="status">
        {events.map((event) => (
          <p key={event.id}>
            {explained(event, t)}{' '}
            {event.required_scopes.length > 0 && t('audit.required', { scopes: event.required_scopes.join(' ') })}
          </p>
        ))}
      </div>
      <EventTable events={events} hasToken />
    </>
  )
}

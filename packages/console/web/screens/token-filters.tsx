import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Status } from '../../src/page-config.ts'
import { useConsole } from '../console.ts'
import { PAUSE_MS } from '../loaded.ts'
import { Field } from '../parts/field.tsx'

export interface Filters {
  readonly search: string
  readonly status: Status | 'all'
  readonly sort: 'name' | 'last_used_at' | 'created_at' | 'ends_at'
  readonly order: 'asc' | 'desc'
}

/** As the API takes it. */
export const LONGEST_SEARCH = 255

interface FilterProps {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}

export function TokenFilters({ filters, onChange }: FilterProps): JSX.Element {
  const { t, choices } = useConsole()
  return (
    <div class="filters" role="search">
      <div class="grow">
        <Search filters={filters} onChange={onChange} />
      </div>
      <div role="group" aria-label={t('tokens.status')} class="row">
        {(['all', ...choices.statuses] as const).map((status) => (
          <button
            key={status}
            type="button"
            class="chip"
            aria-pressed={filters.status === status}
            onClick={() => onChange({ ...filters, status })}
          >
            {t(`status.${status}`)}
          </button>
        ))}
      </div>
    </div>
  )
}

/** Searches when typing pauses. */
function Search({ filters, onChange }: FilterProps): JSX.Element {
  const { t } = useConsole()
  const [text, setText] = useState(filters.search)
  const latest = useRef({ filters, onChange })
  latest.current = { filters, onChange }
  useEffect(() => setText(filters.search), [filters.search])
  useEffect(() => {
    if (text === latest.current.filters.search) return
    const timer = setTimeout(() => latest.current.onChange({ ...latest.current.filters, search: text }), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <Field label={t('tokens.search')}>
      {(attributes) => (
        <input
          {...attributes}
          class="wide"
          type="search"
          maxLength={LONGEST_SEARCH}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

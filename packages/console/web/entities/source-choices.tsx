import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { ScopePart } from '../../src/page-config.ts'
import { useConsole } from '../console.ts'
import { useLoaded, usePaused } from '../loaded.ts'
import { Field } from '../parts/field.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { ChoiceList, type PartProps } from './choice-list.tsx'
import { ALL, labelOf, placesOf, type Selection } from './entity-scope.ts'
import { type Choices, readChoices } from './source.ts'

interface SourceProps extends PartProps {
  readonly source: string
}

/** A part whose choices the host knows: they are searched there, page by page. */
export function SourceChoices({ part, parts, source, selection, isAllAbove, onChange }: SourceProps): JSX.Element {
  const { entityLabels } = useConsole()
  const [text, setText] = useState('')
  const [page, setPage] = useState(1)
  const search = usePaused(text)
  const earlier = segmentsBefore(parts, selection)
  const places = placesOf(parts, selection)
  const group = useId()
  const loaded = useLoaded(
    async (signal) => {
      const choices = await readChoices(source, { ...earlier, search, page }, signal)
      for (const place of places) entityLabels.keep(place, choices.items)
      return choices
    },
    [search, page, JSON.stringify(earlier)],
  )
  const searchFor = (next: string) => {
    setPage(1)
    setText(next)
  }
  const chosen = selection[part.name] ?? []
  const isLong = text !== '' || page > 1 || loaded.value?.more === true
  const kept = chosen.filter((id) => id !== ALL && !loaded.value?.items.some((item) => item.id === id))
  const choices = [
    ...kept.map((id) => ({ value: id, label: labelOf(part, [...(places[0] ?? []), id], entityLabels) })),
    ...(loaded.value?.items ?? []).map(({ id, label }) => ({ value: id, label })),
  ]
  return (
    <fieldset class="tight">
      <legend class="label">{part.label}</legend>
      {isLong && <Search part={part} text={text} setText={searchFor} />}
      <div class="choices list">
        <ChoiceList {...{ part, isAllAbove, chosen, choices, group, onChange }} />
      </div>
      <LoadedView loaded={loaded}>{(value) => <Pages {...value} page={page} setPage={setPage} />}</LoadedView>
    </fieldset>
  )
}

interface SearchProps {
  readonly part: ScopePart
  readonly text: string
  readonly setText: (text: string) => void
}

function Search({ part, text, setText }: SearchProps): JSX.Element {
  const { t } = useConsole()
  return (
    <Field label={t('entity.search', { part: part.label })}>
      {(attributes) => (
        <input
          {...attributes}
          type="search"
          class="wide"
          maxLength={100}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

type PagesProps = Choices & { readonly page: number; readonly setPage: (page: number) => void }

/** How many choices there are, and the way to the others. */
function Pages({ items, more, page, setPage }: PagesProps): JSX.Element {
  const { t } = useConsole()
  const isOnly = page === 1 && !more
  return (
    <div class="row small">
      <span class="muted" role="status">
        {items.length === 0 ? t('entity.none') : t('entity.found', { count: items.length })}
      </span>
      {!isOnly && (
        <>
          <button type="button" class="quiet" disabled={page === 1} onClick={() => setPage(page - 1)}>
            {t('tokens.previous')}
          </button>
          <span class="muted">{t('entity.page', { page })}</span>
          <button type="button" class="quiet" disabled={!more} onClick={() => setPage(page + 1)}>
            {t('tokens.next')}
          </button>
        </>
      )}
    </div>
  )
}

function segmentsBefore(parts: readonly ScopePart[], selection: Selection): Readonly<Record<string, string>> {
  return Object.fromEntries(parts.map(({ name }) => [name, (selection[name] ?? []).join(',')]))
}

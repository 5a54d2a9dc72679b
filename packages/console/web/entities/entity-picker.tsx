import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { EntityScopes, ScopePart } from '../../src/page-config.ts'
import { useConsole } from '../console.ts'
import { Failure } from '../parts/failure.tsx'
import type { OwnerId } from '../route.ts'
import type { PartProps } from './choice-list.tsx'
import { MOST_AT_ONCE, type Selection, scopesOfAll, scopesOfSelection } from './entity-scope.ts'
import { FixedChoices } from './fixed-choices.tsx'
import { useGrantable } from './grantable.ts'
import { ScopeWords } from './scope-words.tsx'
import { SourceChoices } from './source-choices.tsx'

interface PickerProps {
  readonly entityScopes: EntityScopes
  readonly owner: OwnerId
  readonly onAdd: (scopes: readonly string[]) => void
}

/** Puts scopes with an entity together, part by part. */
export function EntityPicker({ entityScopes, owner, onAdd }: PickerProps): JSX.Element {
  const { t, announce } = useConsole()
  const [selection, setSelection] = useState<Selection>({})
  const { parts } = entityScopes
  const ready = parts.findIndex(({ name }) => (selection[name] ?? []).length === 0)
  const reached = ready === -1 ? parts.length : ready
  const wanted = scopesOfSelection(entityScopes, selection)
  const isTooMany = wanted.length > MOST_AT_ONCE
  const shown = isTooMany ? [] : wanted
  const ofAll = parts.map(({ all }, index) =>
    all !== undefined && index <= reached ? scopesOfAll(entityScopes, selection, index) : [],
  )
  const grantable = useGrantable(owner, [...new Set([...shown, ...ofAll.flat()])])
  const may = (scope: string) => grantable.value?.get(scope)
  const usable = shown.filter((scope) => may(scope) === true)

  const choose = (index: number, chosen: readonly string[]) =>
    setSelection({ ...selection, ...withoutEntities(parts.slice(index + 1)), [parts[index]?.name ?? '']: chosen })

  function add() {
    onAdd(usable)
    announce(t('entity.added', { count: usable.length }))
  }

  return (
    <fieldset class="panel" part="entity-scopes">
      <legend class="label">{t('entity.title')}</legend>
      <p class="small muted">{t('entity.help')}</p>
      {parts.map((part, index) => (
        <Part
          key={part.name}
          {...{ part, selection, parts: parts.slice(0, index) }}
          isReached={index <= reached}
          isAllAbove={ofAll[index]?.length !== 0 && ofAll[index]?.every((scope) => may(scope) === false) === true}
          onChange={(chosen) => choose(index, chosen)}
        />
      ))}
      {isTooMany && <p class="fault">{t('entity.many', { number: MOST_AT_ONCE })}</p>}
      <Preview scopes={shown} may={may} />
      <Failure failure={grantable.failure} retry={grantable.reload} />
      <div>
        <button type="button" disabled={usable.length === 0} onClick={add}>
          {usable.length === 0 ? t('scopes.add') : t('entity.add', { count: usable.length })}
        </button>
      </div>
    </fieldset>
  )
}

function Part(props: PartProps): JSX.Element {
  const { t } = useConsole()
  const { part, parts, isReached } = props
  if (part.values !== undefined) return <FixedChoices {...props} values={part.values} />
  if (isReached && part.source !== undefined) return <SourceChoices {...props} source={part.source} />
  return (
    <div class="tight">
      <p class="label">{part.label}</p>
      <p class="small muted">{t('entity.first', { part: parts.at(-1)?.label ?? '' })}</p>
    </div>
  )
}

/** Entities belong to the parts before them. */
function withoutEntities(later: readonly ScopePart[]): Selection {
  return Object.fromEntries(later.filter(({ source }) => source !== undefined).map(({ name }) => [name, []]))
}

interface PreviewProps {
  readonly scopes: readonly string[]
  readonly may: (scope: string) => boolean | undefined
}

/** The resulting scopes, what each opens, and which of them cannot be given. */
function Preview({ scopes, may }: PreviewProps): JSX.Element | null {
  const { t } = useConsole()
  if (scopes.length === 0) return null
  return (
    <div class="tight">
      <p class="label">{t('entity.result')}</p>
      <ul class="tight" aria-label={t('entity.result')}>
        {scopes.map((scope) => (
          <li key={scope}>
            <span class="tag">{scope}</span> <ScopeWords scope={scope} />
            {may(scope) === false && <span class="small reason fault">{t('create.notGrantable')}</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

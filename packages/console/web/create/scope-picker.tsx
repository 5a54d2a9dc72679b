import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ScopeOffer } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { EntityPicker } from '../entities/entity-picker.tsx'
import { Field } from '../parts/field.tsx'
import { HeldScopes } from '../parts/held-scopes.tsx'
import type { OwnerId } from '../route.ts'
import { scopesOf } from './draft.ts'

interface PickerProps {
  readonly owner: OwnerId
  readonly offers: readonly ScopeOffer[]
  readonly scopes: readonly string[]
  readonly further: string
  readonly change: (part: { readonly scopes?: readonly string[]; readonly further?: string }) => void
  readonly fault: string | null
}

/** A longer list has a search, and scrolls. */
const MOST_WITHOUT_SEARCH = 12

/** Scopes of the catalogue in groups, and typed ones where names have ids or wildcards. */
export function ScopePicker({ owner, offers, scopes, further, change, fault }: PickerProps): JSX.Element {
  const { t, caller, entityScopes } = useConsole()
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const shown = offers.filter(({ name, label }) => `${name} ${label}`.toLowerCase().includes(wanted))
  const isLong = offers.length > MOST_WITHOUT_SEARCH
  const isTyped = offers.length === 0 || caller.wildcards || further !== ''
  return (
    <fieldset class="stack">
      <legend>{t('create.scopes')}</legend>
      <p class="small muted">{t('create.scopesHelp')}</p>
      {offers.length > 0 && (
        <>
          <Presets offers={offers} change={change} />
          {isLong && <ScopeSearch search={search} setSearch={setSearch} />}
          <div
            class={isLong ? 'scroll' : ''}
            tabIndex={isLong ? 0 : undefined}
            role="group"
            aria-label={t('create.scopes')}
          >
            {groupsOf(shown).map(([group, members]) => (
              <Group key={group} name={group} {...{ members, scopes, change }} />
            ))}
            {shown.length === 0 && <p class="muted">{t('create.noScopeMatch')}</p>}
          </div>
        </>
      )}
      {entityScopes !== null && (
        <EntityPicker
          {...{ entityScopes, owner }}
          onAdd={(more) => change({ scopes: [...new Set([...scopes, ...more])] })}
        />
      )}
      {isTyped && entityScopes === null && <TypedScopes further={further} change={change} />}
      {isTyped && entityScopes !== null && (
        <details open={further !== ''}>
          <summary>{t('create.moreScopes')}</summary>
          <TypedScopes further={further} change={change} />
        </details>
      )}
      {fault !== null && <p class="fault">{fault}</p>}
      {entityScopes === null ? (
        <Chosen scopes={scopesOf({ scopes, further })} />
      ) : (
        <ChosenEntities {...{ scopes, further, change }} />
      )}
    </fieldset>
  )
}

function Chosen({ scopes }: { scopes: readonly string[] }): JSX.Element {
  const { t } = useConsole()
  return (
    <div class="tight">
      <p class="small muted" role="status">
        {t('create.chosen', { count: scopes.length })}
      </p>
      <p class="scopes">
        {scopes.map((scope) => (
          <span key={scope} class="tag">
            {scope}
          </span>
        ))}
      </p>
    </div>
  )
}

/** The chosen scopes, what each opens, and a way to take it back. */
function ChosenEntities({ scopes, further, change }: Pick<PickerProps, 'scopes' | 'further' | 'change'>): JSX.Element {
  const { t } = useConsole()
  const all = scopesOf({ scopes, further })
  const removerOf = (scope: string) =>
    scopes.includes(scope) ? () => change({ scopes: scopes.filter((held) => held !== scope) }) : null
  return (
    <div class="tight">
      <p class="small muted" role="status">
        {t('create.chosen', { count: all.length })}
      </p>
      <HeldScopes scopes={all} remover={removerOf} />
    </div>
  )
}

function Presets({ offers, change }: Pick<PickerProps, 'offers' | 'change'>): JSX.Element {
  const { t } = useConsole()
  const grantable = offers.filter((offer) => offer.grantable).map(({ name }) => name)
  const presets = [
    ['create.presetNone', []],
    ['create.presetRead', grantable.filter(isRead)],
    ['create.presetAll', grantable],
  ] as const
  return (
    <div class="row" role="group" aria-label={t('create.presets')}>
      {presets.map(([key, names]) => (
        <button key={key} type="button" class="chip" onClick={() => change({ scopes: names })}>
          {t(key)}
        </button>
      ))}
    </div>
  )
}

function ScopeSearch({ search, setSearch }: { search: string; setSearch: (text: string) => void }): JSX.Element {
  const { t } = useConsole()
  return (
    <Field label={t('create.scopesSearch')}>
      {(attributes) => (
        <input
          {...attributes}
          type="search"
          class="wide"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

interface GroupProps extends Pick<PickerProps, 'scopes' | 'change'> {
  readonly name: string
  readonly members: readonly ScopeOffer[]
}

function Group({ name, members, scopes, change }: GroupProps): JSX.Element {
  const { t } = useConsole()
  const toggle = (scope: string) =>
    change({ scopes: scopes.includes(scope) ? scopes.filter((held) => held !== scope) : [...scopes, scope] })
  return (
    <div class="group" role="group" aria-label={name}>
      <p class="label">{name}</p>
      <div class="choices">
        {members.map((offer) => (
          <label key={offer.name} class="choice" data-off={offer.grantable ? undefined : ''}>
            <input
              type="checkbox"
              disabled={!offer.grantable}
              checked={scopes.includes(offer.name)}
              onChange={() => toggle(offer.name)}
            />
            <span>
              <span class="mono">{offer.name}</span>
              <span class="small muted"> {offer.label}</span>
              {!offer.grantable && <span class="small reason">{t('create.notGrantable')}</span>}
            </span>
          </label>
        ))}
      </div>
    </div>
  )
}

function TypedScopes({ further, change }: Pick<PickerProps, 'further' | 'change'>): JSX.Element {
  const { t } = useConsole()
  return (
    <Field label={t('create.moreScopes')} help={t('create.moreScopesHelp')} isOptional>
      {(attributes) => (
        <input
          {...attributes}
          class="wide mono"
          spellcheck={false}
          autoComplete="off"
          value={further}
          onInput={(event) => change({ further: event.currentTarget.value })}
        />
      )}
    </Field>
  )
}

/** By the first segment, in the order of the catalogue. */
function groupsOf(offers: readonly ScopeOffer[]): (readonly [string, readonly ScopeOffer[]])[] {
  const groups = new Map<string, ScopeOffer[]>()
  for (const offer of offers) {
    const [group = offer.name] = offer.name.split(/[:.]/)
    groups.set(group, [...(groups.get(group) ?? []), offer])
  }
  return [...groups]
}

const READS = /(?:^|[:.])(?:read|list|view|get)(?:[:._-].*)?$/

function isRead(name: string): boolean {
  return READS.test(name)
}

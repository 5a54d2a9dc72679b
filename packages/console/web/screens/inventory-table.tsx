import type { ComponentChildren, JSX } from 'preact'
import type { OwnedToken } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { ScopeTags } from '../parts/scope-tags.tsx'
import { Status } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { hashOf, ownerSegments } from '../route.ts'

interface TableProps {
  readonly items: readonly OwnedToken[]
  /** How many rows are shown. All of `items` can be selected. */
  readonly shown: number
  readonly selected: ReadonlySet<string>
  readonly onSelect: (selected: ReadonlySet<string>) => void
  /** Buttons for the selection. */
  readonly children: ComponentChildren
}

export function InventoryTable({ items, shown, selected, onSelect, children }: TableProps): JSX.Element {
  const { t } = useConsole()
  const isAll = selected.size === items.length
  const toggle = (id: string) => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    onSelect(next)
  }
  const toggleAll = () => onSelect(new Set(isAll ? [] : items.map(({ id }) => id)))
  return (
    <div class="stack">
      <div class="row between">
        <label class="choice">
          <input type="checkbox" checked={isAll} onChange={toggleAll} />
          {t('inventory.selectAll')}
        </label>
        {children}
      </div>
      <table class="table cards" role="table">
        <caption class="visually-hidden">{t('inventory.title')}</caption>
        <Head />
        <tbody role="rowgroup">
          {items.slice(0, shown).map((token) => (
            <Row key={token.id} token={token} isSelected={selected.has(token.id)} onToggle={() => toggle(token.id)} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const COLUMNS = ['name', 'owner', 'status', 'scopes', 'lastUsed', 'ends'] as const

function Head(): JSX.Element {
  const { t } = useConsole()
  return (
    <thead role="rowgroup">
      <tr role="row">
        {COLUMNS.map((column) => (
          <th key={column} scope="col">
            {t(`tokens.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
  )
}

interface RowProps {
  readonly token: OwnedToken
  readonly isSelected: boolean
  readonly onToggle: () => void
}

function Row({ token, isSelected, onToggle }: RowProps): JSX.Element {
  const { t, hrefOf } = useConsole()
  const { id, principal_id, name, hint, scopes, last_used_at, ends_at } = token
  return (
    <tr role="row">
      <td role="cell" class="name">
        <span class="choice">
          <input
            type="checkbox"
            aria-label={t('inventory.select', { name })}
            checked={isSelected}
            onChange={onToggle}
          />
          <span>
            <a class="clip" href={hrefOf(hashOf(ownerSegments(principal_id, 'tokens', id)))} title={name}>
              <bdi>{name}</bdi>
            </a>
            <span class="hint">{hint}</span>
          </span>
        </span>
      </td>
      <td role="cell" data-label={t('tokens.owner')}>
        <a href={hrefOf(hashOf(ownerSegments(principal_id, 'tokens')))}>
          <bdi>{principal_id}</bdi>
        </a>
      </td>
      <td role="cell" data-label={t('tokens.status')}>
        <Status token={token} />
      </td>
      <td role="cell" data-label={t('tokens.scopes')}>
        <ScopeTags scopes={scopes} most={2} />
      </td>
      <td role="cell" data-label={t('tokens.lastUsed')}>
        <Time at={last_used_at} none={t('time.never')} />
      </td>
      <td role="cell" data-label={t('tokens.ends')}>
        <Time at={ends_at} none={t('time.none')} />
      </td>
    </tr>
  )
}

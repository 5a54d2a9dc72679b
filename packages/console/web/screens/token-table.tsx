import type { JSX } from 'preact'
import type { Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { ScopeTags } from '../parts/scope-tags.tsx'
import { Status } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { hashOf, type OwnerId, ownerSegments } from '../route.ts'
import type { TextKey } from '../text/translate.ts'
import type { Filters } from './token-filters.tsx'

const MOST_SCOPES = 3

interface TableProps {
  readonly items: readonly Token[]
  readonly owner: OwnerId
  readonly filters: Filters
  readonly onSort: (filters: Filters) => void
}

export function TokenTable({ items, owner, filters, onSort }: TableProps): JSX.Element {
  const { t } = useConsole()
  const sortable = (sort: Filters['sort'], text: TextKey) => <Sortable {...{ sort, text, filters, onSort }} />
  return (
    <table class="table cards" role="table" part="table">
      <caption class="visually-hidden">{t('tokens.title')}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {sortable('name', 'tokens.name')}
          <th scope="col">{t('tokens.status')}</th>
          <th scope="col">{t('tokens.scopes')}</th>
          {sortable('last_used_at', 'tokens.lastUsed')}
          {sortable('created_at', 'tokens.created')}
          {sortable('ends_at', 'tokens.ends')}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((token) => (
          <Row key={token.id} token={token} owner={owner} />
        ))}
      </tbody>
    </table>
  )
}

interface SortableProps {
  readonly sort: Filters['sort']
  readonly text: TextKey
  readonly filters: Filters
  readonly onSort: (filters: Filters) => void
}

function Sortable({ sort, text, filters, onSort }: SortableProps): JSX.Element {
  const { t } = useConsole()
  const isSorted = filters.sort === sort
  const isAscending = filters.order === 'asc'
  const order = isSorted ? (isAscending ? 'desc' : 'asc') : sort === 'name' || sort === 'ends_at' ? 'asc' : 'desc'
  return (
    <th scope="col" role="columnheader" aria-sort={isSorted ? (isAscending ? 'ascending' : 'descending') : undefined}>
      <button type="button" class="sort" onClick={() => onSort({ ...filters, sort, order })}>
        {t(text)}
        <span aria-hidden="true">{isSorted ? (isAscending ? '▲' : '▼') : ''}</span>
      </button>
    </th>
  )
}

function Row({ token, owner }: { token: Token; owner: OwnerId }): JSX.Element {
  const { t, hrefOf } = useConsole()
  const { id, name, hint, scopes, last_used_at, last_used_ip, created_at, ends_at, revoked_at, status } = token
  return (
    <tr role="row">
      <td role="cell" class="name">
        <a class="clip" href={hrefOf(hashOf(ownerSegments(owner, 'tokens', id)))} title={name}>
          <bdi>{name}</bdi>
        </a>
        <span class="hint">{hint}</span>
      </td>
      <td role="cell" data-label={t('tokens.status')}>
        <Status token={token} />
      </td>
      <td role="cell" data-label={t('tokens.scopes')}>
        <ScopeTags scopes={scopes} most={MOST_SCOPES} />
      </td>
      <td role="cell" data-label={t('tokens.lastUsed')}>
        <span>
          <Time at={last_used_at} none={t('time.never')} />
          {last_used_ip !== null && <div class="small muted">{t('tokens.from', { address: last_used_ip })}</div>}
        </span>
      </td>
      <td role="cell" data-label={t('tokens.created')}>
        <Time at={created_at} none="" />
      </td>
      <td role="cell" data-label={t('tokens.ends')}>
        <Time at={status === 'revoked' ? revoked_at : ends_at} none={t('time.none')} />
      </td>
    </tr>
  )
}

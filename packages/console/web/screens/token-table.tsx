import type { JSX } from 'preact'
import type { Column } from '../../src/page-config.ts'
import type { Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import type { OwnerId } from '../route.ts'
import type { TextKey } from '../text/translate.ts'
import { CELLS, COLUMN_ROWS } from './columns.tsx'
import type { Filters } from './token-filters.tsx'

interface TableProps {
  readonly items: readonly Token[]
  readonly owner: OwnerId
  readonly filters: Filters
  readonly onSort: (filters: Filters) => void
}

export function TokenTable({ items, owner, filters, onSort }: TableProps): JSX.Element {
  const { t, choices } = useConsole()
  return (
    <table class="table cards" role="table" part="table">
      <caption class="visually-hidden">{t('tokens.title')}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {choices.columns.map((column) => (
            <HeadCell key={column} column={column} {...{ filters, onSort }} />
          ))}
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

function HeadCell({ column, filters, onSort }: Omit<SortableProps, 'sort' | 'text'> & { column: Column }): JSX.Element {
  const { t } = useConsole()
  const { text, sort } = COLUMN_ROWS[column]
  if (sort === undefined) return <th scope="col">{t(text)}</th>
  return <Sortable {...{ sort, text, filters, onSort }} />
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
  const { t, choices } = useConsole()
  return (
    <tr role="row">
      {choices.columns.map((column) => {
        const Cell = CELLS[column]
        const isName = column === 'name'
        return (
          <td
            key={column}
            role="cell"
            class={isName ? 'name' : ''}
            data-label={isName ? undefined : t(COLUMN_ROWS[column].text)}
          >
            <Cell token={token} owner={owner} />
          </td>
        )
      })}
    </tr>
  )
}

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Status } from '../../src/page-config.ts'
import type { Query } from '../api/client.ts'
import type { CountedPage, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { DAY_MS } from '../format.ts'
import { useLoaded } from '../loaded.ts'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { Pager, useCursors } from '../parts/pager.tsx'
import { SOON_DAYS } from '../parts/status.tsx'
import { hashOf, type OwnerId, ownerPath, ownerSegments } from '../route.ts'
import { DeleteAll } from '../token/delete-all.tsx'
import { type Filters, LONGEST_SEARCH, TokenFilters } from './token-filters.tsx'
import { TokenTable } from './token-table.tsx'

interface ScreenProps {
  readonly owner: OwnerId
  readonly params: URLSearchParams
  readonly takesFocus: boolean
}

const PAGE = 25
const MINUTE_MS = 60_000

/** The tokens of one owner. */
export function TokensScreen({ owner, params, takesFocus }: ScreenProps): JSX.Element {
  const { client, t, go, hrefOf, choices } = useConsole()
  const filters = filtersOf(params, choices.statuses)
  const key = JSON.stringify([owner, filters])
  const cursors = useCursors(key)
  const loaded = useLoaded(
    (signal) => client.get<CountedPage<Token>>(`${ownerPath(owner)}/tokens`, queryOf(filters, cursors.cursor), signal),
    [key, cursors.cursor],
  )
  const change = (next: Filters) =>
    go(hashOf(ownerSegments(owner, 'tokens'), { ...next }), next.search !== filters.search)
  return (
    <section class="screen stack">
      <div class="row between">
        <Heading takesFocus={takesFocus}>{owner === null ? t('tokens.title') : t('tokens.titleOf', { owner })}</Heading>
        <a class="button primary" part="button-primary" href={hrefOf(hashOf(ownerSegments(owner, 'new')))}>
          {t('tokens.new')}
        </a>
      </div>
      <p class="muted">{t('tokens.intro')}</p>
      <TokenFilters filters={filters} onChange={change} />
      <LoadedView loaded={loaded}>
        {(page) => <Tokens page={page} {...{ owner, filters, change, cursors }} onDeleted={loaded.reload} />}
      </LoadedView>
    </section>
  )
}

interface TokensProps {
  readonly page: CountedPage<Token>
  readonly owner: OwnerId
  readonly filters: Filters
  readonly change: (filters: Filters) => void
  readonly cursors: ReturnType<typeof useCursors>
  readonly onDeleted: () => void
}

function Tokens({ page, owner, filters, change, cursors, onDeleted }: TokensProps): JSX.Element {
  const { t } = useConsole()
  const [isDeleting, setDeleting] = useState(false)
  const { items, total } = page
  if (items.length === 0) return <NoTokens owner={owner} filters={filters} />
  return (
    <>
      <TokenTable items={items} filters={filters} onSort={change} owner={owner} />
      <div class="row between">
        <Pager cursors={cursors} next={page.next_cursor} />
        <p class="muted" role="status">
          {t('tokens.count', { count: total })}
        </p>
        <button type="button" class="quiet danger" onClick={() => setDeleting(true)}>
          {t('tokens.deleteAll')}
        </button>
      </div>
      {isDeleting && <DeleteAll owner={owner} onClose={() => setDeleting(false)} onDeleted={onDeleted} />}
    </>
  )
}

function NoTokens({ owner, filters }: { owner: OwnerId; filters: Filters }): JSX.Element {
  const { t, hrefOf } = useConsole()
  if (filters.search !== '' || filters.status !== 'all') {
    return (
      <div class="empty" role="status">
        <p>{t('tokens.noMatch')}</p>
        <a class="button" href={hrefOf(hashOf(ownerSegments(owner, 'tokens')))}>
          {t('tokens.resetFilters')}
        </a>
      </div>
    )
  }
  return (
    <div class="empty">
      <h3>{t('tokens.emptyTitle')}</h3>
      <p>{t('tokens.emptyText')}</p>
      <a class="button primary" href={hrefOf(hashOf(ownerSegments(owner, 'new')))}>
        {t('tokens.emptyFirst')}
      </a>
    </div>
  )
}

const SORTS: readonly string[] = ['name', 'last_used_at', 'created_at', 'ends_at']

function filtersOf(params: URLSearchParams, statuses: readonly Status[]): Filters {
  const sort = params.get('sort') ?? ''
  return {
    search: (params.get('search') ?? '').slice(0, LONGEST_SEARCH),
    status: statuses.find((status) => status === params.get('status')) ?? 'all',
    sort: SORTS.includes(sort) ? (sort as Filters['sort']) : 'created_at',
    order: params.get('order') === 'asc' ? 'asc' : 'desc',
  }
}

function queryOf({ search, status, sort, order }: Filters, cursor: string | undefined): Query {
  const query = { search, sort, order, limit: PAGE, cursor }
  if (status !== 'soon') return { ...query, status }
  // To the minute, so that the pages of one list have one bound.
  const now = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS
  return { ...query, status: 'active', ends_before: new Date(now + SOON_DAYS * DAY_MS).toISOString() }
}

import type { JSX } from 'preact'
import { PRINCIPAL_KINDS } from '../../src/page-config.ts'
import type { Page, Principal } from '../api/models.ts'
import { Select } from '../audit/audit-form.tsx'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { Pager, useCursors } from '../parts/pager.tsx'
import { ScopeTags } from '../parts/scope-tags.tsx'
import { hashOf, ownerSegments } from '../route.ts'

const PAGE = 50
const KINDS = ['all', ...PRINCIPAL_KINDS] as const

interface ScreenProps {
  readonly params: URLSearchParams
  readonly takesFocus: boolean
}

/** The principals of the organization, and the way to their tokens. */
export function PrincipalsScreen({ params, takesFocus }: ScreenProps): JSX.Element {
  const { client, t, go, principalKind } = useConsole()
  const kind = KINDS.find((each) => each === params.get('kind')) ?? principalKind ?? 'all'
  const query = { kind: kind === 'all' ? '' : kind, limit: PAGE }
  const cursors = useCursors(kind)
  const loaded = useLoaded(
    (signal) => client.get<Page<Principal>>('/principals', { ...query, cursor: cursors.cursor }, signal),
    [kind, cursors.cursor],
  )
  return (
    <section class="screen stack">
      <Heading takesFocus={takesFocus}>{t('principals.title')}</Heading>
      <div class="row">
        <Select
          label={t('principals.kind')}
          value={kind}
          options={KINDS.map((each) => [each, t(`principals.${each}`)] as const)}
          onChange={(next) => go(hashOf(['principals'], { kind: next }))}
        />
      </div>
      <LoadedView loaded={loaded}>
        {({ items, next_cursor }) => (
          <>
            {items.length === 0 ? <p class="muted">{t('principals.none')}</p> : <Principals items={items} />}
            <Pager cursors={cursors} next={next_cursor} />
          </>
        )}
      </LoadedView>
    </section>
  )
}

const COLUMNS = ['id', 'kind', 'ceiling', 'state'] as const

function Principals({ items }: { items: readonly Principal[] }): JSX.Element {
  const { t } = useConsole()
  return (
    <table class="table cards" role="table">
      <caption class="visually-hidden">{t('principals.title')}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((column) => (
            <th key={column} scope="col">
              {t(`principals.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((principal) => (
          <Row key={principal.id} principal={principal} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ principal: { id, kind, ceiling, disabled_at } }: { principal: Principal }): JSX.Element {
  const { t, hrefOf } = useConsole()
  return (
    <tr role="row">
      <td role="cell" class="name">
        <a href={hrefOf(hashOf(ownerSegments(id, 'tokens')))}>
          <bdi>{id}</bdi>
        </a>
      </td>
      <td role="cell" data-label={t('principals.kind')}>
        {t(`principals.${kind}`)}
      </td>
      <td role="cell" data-label={t('principals.ceiling')}>
        {ceiling === null ? t('principals.unlimited') : <ScopeTags scopes={ceiling} most={4} />}
      </td>
      <td role="cell" data-label={t('principals.state')}>
        {t(disabled_at === null ? 'principals.enabled' : 'principals.disabled')}
      </td>
    </tr>
  )
}

import type { JSX } from 'preact'
import type { Column } from '../../src/page-config.ts'
import type { Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { numberText } from '../format.ts'
import { ScopeTags } from '../parts/scope-tags.tsx'
import { Status } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { hashOf, type OwnerId, ownerSegments } from '../route.ts'
import type { TextKey } from '../text/translate.ts'
import { actionsOf } from '../token/token-action.ts'
import type { Filters } from './token-filters.tsx'

const MOST_SCOPES = 3

interface ColumnRow {
  readonly text: TextKey
  /** Where the API sorts by it. */
  readonly sort?: Filters['sort']
}

export const COLUMN_ROWS: Readonly<Record<Column, ColumnRow>> = {
  name: { text: 'tokens.name', sort: 'name' },
  status: { text: 'tokens.status' },
  scopes: { text: 'tokens.scopes' },
  lastUsed: { text: 'tokens.lastUsed', sort: 'last_used_at' },
  created: { text: 'tokens.created', sort: 'created_at' },
  ends: { text: 'tokens.ends', sort: 'ends_at' },
  description: { text: 'token.description' },
  addresses: { text: 'token.addresses' },
  user: { text: 'token.user' },
  uses: { text: 'token.uses' },
  actions: { text: 'tokens.actions' },
}

interface CellProps {
  readonly token: Token
  readonly owner: OwnerId
}

/** What a token has in each column. */
export const CELLS: Readonly<Record<Column, (props: CellProps) => JSX.Element>> = {
  name: Name,
  status: Status,
  scopes: ({ token }) => <ScopeTags scopes={token.scopes} most={MOST_SCOPES} />,
  lastUsed: LastUsed,
  created: ({ token }) => <Time at={token.created_at} none="" />,
  ends: Ends,
  description: ({ token }) => <Text text={token.description} />,
  addresses: Addresses,
  user: ({ token }) => <Text text={token.user_id} />,
  uses: Uses,
  actions: Actions,
}

function Name({ token: { id, name, hint }, owner }: CellProps): JSX.Element {
  const { hrefOf } = useConsole()
  return (
    <>
      <a class="clip" href={hrefOf(hashOf(ownerSegments(owner, 'tokens', id)))} title={name}>
        <bdi>{name}</bdi>
      </a>
      <span class="hint">{hint}</span>
    </>
  )
}

function Text({ text }: { text: string | null }): JSX.Element {
  const { t } = useConsole()
  return text === null ? <span class="muted">{t('token.noDescription')}</span> : <bdi>{text}</bdi>
}

function LastUsed({ token: { last_used_at, last_used_ip } }: CellProps): JSX.Element {
  const { t } = useConsole()
  return (
    <span>
      <Time at={last_used_at} none={t('time.never')} />
      {last_used_ip !== null && <div class="small muted">{t('tokens.from', { address: last_used_ip })}</div>}
    </span>
  )
}

function Ends({ token: { status, revoked_at, ends_at } }: CellProps): JSX.Element {
  const { t } = useConsole()
  return <Time at={status === 'revoked' ? revoked_at : ends_at} none={t('time.none')} />
}

function Addresses({ token: { ip_allowlist } }: CellProps): JSX.Element {
  const { t } = useConsole()
  if (ip_allowlist === null) return <span class="muted">{t('token.anyAddress')}</span>
  return <span class="mono small">{ip_allowlist.join(', ')}</span>
}

function Uses({ token }: CellProps): JSX.Element {
  const { language } = useConsole()
  return <>{numberText(token.use_count, language)}</>
}

/** Each but "View" opens its dialog on the page of the token: a link changes nothing. */
function Actions({ token, owner }: CellProps): JSX.Element {
  const { t, hrefOf, choices } = useConsole()
  return (
    <span class="actions">
      {actionsOf(token, choices.actions).map(([action, text]) => (
        <a
          key={action}
          href={hrefOf(hashOf(ownerSegments(owner, 'tokens', token.id), { open: action === 'view' ? '' : action }))}
          aria-label={t('tokens.actionOn', { action: t(text), name: token.name })}
        >
          {t(text)}
        </a>
      ))}
    </span>
  )
}

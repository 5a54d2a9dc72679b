import type { ComponentChildren, JSX } from 'preact'
import type { AuditEvent, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { numberText } from '../format.ts'
import { Time } from '../parts/time.tsx'

interface DetailsProps {
  readonly token: Token
  /** The changes of the token, the newest first. */
  readonly changes: readonly AuditEvent[]
}

export function TokenDetails({ token, changes }: DetailsProps): JSX.Element {
  const { t, language } = useConsole()
  const { description, user_id, ip_allowlist, created_at, created_by, revoked_at, id, use_count } = token
  return (
    <section class="panel" aria-label={t('token.details')}>
      <h3>{t('token.details')}</h3>
      <dl class="details">
        <Detail term={t('token.description')}>
          {description === null ? <span class="muted">{t('token.noDescription')}</span> : <bdi>{description}</bdi>}
        </Detail>
        <Detail term={t('tokens.lastUsed')}>
          <LastUse token={token} />
        </Detail>
        <Detail term={t('token.uses')}>{numberText(use_count, language)}</Detail>
        <Detail term={t('token.ends')}>
          <End token={token} />
        </Detail>
        <Detail term={t('token.addresses')}>
          {ip_allowlist === null ? t('token.anyAddress') : <span class="mono">{ip_allowlist.join(', ')}</span>}
        </Detail>
        {user_id !== null && (
          <Detail term={t('token.user')}>
            <bdi>{user_id}</bdi>
          </Detail>
        )}
        <Detail term={t('tokens.created')}>
          <Time at={created_at} none="" isExact />
        </Detail>
        <Detail term={t('token.createdBy')}>
          <bdi>{created_by}</bdi>
        </Detail>
        {revoked_at !== null && (
          <Detail term={t('token.revokedAt')}>
            <Time at={revoked_at} none="" isExact />
            <Revocation event={changes.find(({ outcome }) => outcome === 'revoke')} />
          </Detail>
        )}
        <Detail term={t('token.id')}>
          <span class="mono">{id}</span>
        </Detail>
      </dl>
    </section>
  )
}

function Detail({ term, children }: { term: string; children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Who revoked the token, and why. */
function Revocation({ event }: { event: AuditEvent | undefined }): JSX.Element | null {
  const { t } = useConsole()
  if (event === undefined) return null
  return (
    <div class="small">
      {event.actor_id !== null && <bdi class="muted">{t('events.by', { actor: event.actor_id })}</bdi>}
      {event.reason !== null && <bdi>: “{event.reason}”</bdi>}
    </div>
  )
}

function LastUse({ token: { last_used_at, last_used_ip } }: { token: Token }): JSX.Element {
  const { t } = useConsole()
  return (
    <>
      <Time at={last_used_at} none={t('time.never')} isExact />
      {last_used_ip !== null && ` ${t('tokens.from', { address: last_used_ip })}`}
      <div class="small muted">{t('token.fresh')}</div>
    </>
  )
}

function End({ token: { ends_at, expires_at } }: { token: Token }): JSX.Element {
  const { t } = useConsole()
  return (
    <>
      <Time at={ends_at} none={t('time.none')} isExact />
      {ends_at !== expires_at && <div class="small muted">{t('token.endedEarlier')}</div>}
    </>
  )
}

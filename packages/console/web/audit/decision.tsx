import type { ComponentChildren, JSX } from 'preact'
import type { AuditEvent, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { Time } from '../parts/time.tsx'
import { hashOf, ownerSegments, tokenPath } from '../route.ts'
import type { TextKey } from '../text/translate.ts'
import { explained } from './explain.ts'

/** The decisions about one request in words: the use, and the refusal by a guard where there is one. */
export function Decisions({ events }: { events: readonly AuditEvent[] }): JSX.Element {
  const { t } = useConsole()
  return (
    <section class="panel" aria-label={t('audit.decision')} role="status">
      <h3>{t('audit.decision')}</h3>
      {events.map((event) => (
        <Decision key={event.id} event={event} />
      ))}
    </section>
  )
}

function Decision({ event }: { event: AuditEvent }): JSX.Element {
  const { t } = useConsole()
  const { outcome, client_ip, required_scopes, missing_scopes, at, request } = event
  return (
    <div class="tight">
      <p class="label">{explained(event, t)}</p>
      <dl class="details">
        <Row term="audit.rule">
          <span class="mono">{outcome}</span>
        </Row>
        <Row term="audit.tokenName">
          <TokenLink event={event} />
        </Row>
        {missing_scopes.length > 0 && (
          <Row term="audit.missing">
            <span class="mono">{missing_scopes.join(' ')}</span>
          </Row>
        )}
        {required_scopes.length > 0 && (
          <Row term="audit.required">
            <span class="mono">{required_scopes.join(' ')}</span>
          </Row>
        )}
        <Row term="audit.seen">
          <span class="mono">{client_ip ?? t('time.unknown')}</span>
        </Row>
        <Row term="events.request">
          <span class="mono">
            {request?.method} {request?.path}
          </span>
        </Row>
        <Row term="events.when">
          <Time at={at} none="" isExact />
        </Row>
      </dl>
    </div>
  )
}

function Row({ term, children }: { term: TextKey; children: ComponentChildren }): JSX.Element {
  const { t } = useConsole()
  return (
    <>
      <dt>{t(term)}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** The token by its name, where it still exists; else by its id. */
function TokenLink({ event: { token_id, principal_id } }: { event: AuditEvent }): JSX.Element {
  const { client, t, hrefOf } = useConsole()
  const loaded = useLoaded<Token | null>(
    async (signal) => (token_id === null ? null : client.get<Token>(tokenPath(principal_id, token_id), {}, signal)),
    [token_id],
  )
  if (token_id === null) return <>{t('audit.unknownToken')}</>
  return (
    <>
      <a href={hrefOf(hashOf(ownerSegments(principal_id, 'tokens', token_id)))}>
        <bdi>{loaded.value?.name ?? token_id}</bdi>
      </a>{' '}
      {principal_id !== null && <bdi class="muted">{t('tokens.ownedBy', { owner: principal_id })}</bdi>}
    </>
  )
}

import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AuditEvent, IssuedToken, Page, Token } from '../api/models.ts'
import { LARGEST_PAGE, readAll } from '../api/pages.ts'
import { useConsole } from '../console.ts'
import { cloneParams } from '../create/draft.ts'
import { useLoaded } from '../loaded.ts'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { Status } from '../parts/status.tsx'
import { hashOf, type OwnerId, ownerSegments, tokenPath } from '../route.ts'
import { EditDialog } from './edit-dialog.tsx'
import { EndPanel } from './end-panel.tsx'
import { MOST_EVENTS } from './event-counts.ts'
import type { Events, OneToken } from './one-token.ts'
import { RotatePanel } from './rotate-panel.tsx'
import { ScopePanel } from './scope-panel.tsx'
import { SecretStep } from './secret-step.tsx'
import { allows } from './token-action.ts'
import { TokenDetails } from './token-details.tsx'
import { TokenEvents } from './token-events.tsx'

interface ScreenProps {
  readonly owner: OwnerId
  readonly id: string
  readonly params: URLSearchParams
  readonly takesFocus: boolean
}

export function TokenScreen({ owner, id, params, takesFocus }: ScreenProps): JSX.Element {
  const { client, t, hrefOf } = useConsole()
  const opened = useOpened(owner, id, params)
  const path = tokenPath(owner, id)
  const [issued, setIssued] = useState<IssuedToken | null>(null)
  const loaded = useLoaded((signal) => client.get<Token>(path, {}, signal), [path])
  const events = useLoaded((signal) => readAll<AuditEvent>(client, `${path}/events`, {}, MOST_EVENTS, signal), [path])
  // Requests may be so many that the latest events have no change among them.
  const changes = useLoaded(
    async (signal) =>
      client.get<Page<AuditEvent>>(`${path}/events`, { outcome: 'changed', limit: LARGEST_PAGE }, signal),
    [path],
  )
  const changed = (token: Token) => {
    loaded.replace(token)
    events.reload()
    changes.reload()
  }
  if (issued !== null) return <SecretStep key={issued.secret} issued={issued} onClose={() => setIssued(null)} />
  const onIssued = (fresh: IssuedToken) => {
    const { secret: _, ...token } = fresh
    changed(token)
    setIssued(fresh)
  }
  return (
    <section class="screen stack">
      <a href={hrefOf(hashOf(ownerSegments(owner, 'tokens')))}>{t('nav.back')}</a>
      <LoadedView loaded={loaded}>
        {(token) => (
          <>
            <TitleRow {...{ token, owner, opened, takesFocus }} events={events.value} onChanged={changed} />
            <TokenDetails token={token} changes={changes.value?.items ?? []} />
            <ScopePanel token={token} owner={owner} onChanged={changed} />
            {token.status === 'active' && (
              <RotatePanel {...{ token, owner, opened, onIssued, changes: changes.value?.items ?? [] }} />
            )}
            <EndPanel {...{ token, owner, opened, onIssued, onChanged: changed, events: events.value }} />
            <TokenEvents events={events} />
          </>
        )}
      </LoadedView>
    </section>
  )
}

/** The dialog that a link asks for. It leaves the address, so that a reload does not open it again. */
function useOpened(owner: OwnerId, id: string, params: URLSearchParams): string | null {
  const { go } = useConsole()
  const [opened] = useState(params.get('open'))
  useEffect(() => {
    if (opened !== null) go(hashOf(ownerSegments(owner, 'tokens', id)), true)
  }, [])
  return opened
}

interface TitleProps extends OneToken {
  readonly opened: string | null
  readonly takesFocus: boolean
  readonly events: Events | null
}

function TitleRow({ token, owner, opened, takesFocus, events, onChanged }: TitleProps): JSX.Element {
  const { t, hrefOf } = useConsole()
  const [isEditing, setEditing] = useState(opened === 'edit' && allows('edit', token))
  const successor = hashOf(ownerSegments(owner, 'new'), cloneParams(token))
  return (
    <div class="row between">
      <div class="tight">
        <Heading takesFocus={takesFocus}>
          <bdi>{token.name}</bdi>
        </Heading>
        <div class="row">
          <Status token={token} />
          <span class="mono muted">{token.hint}</span>
        </div>
      </div>
      <div class="row">
        {token.status !== 'revoked' && (
          <button type="button" onClick={() => setEditing(true)}>
            {t('token.edit')}
          </button>
        )}
        <a class="button" href={hrefOf(successor)}>
          {t(token.status === 'active' ? 'token.clone' : 'token.renew')}
        </a>
      </div>
      {isEditing && <EditDialog {...{ token, owner, events, onChanged }} onClose={() => setEditing(false)} />}
    </div>
  )
}

import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { newIdempotencyKey } from '../api/client.ts'
import type { IssuedToken, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { relativeTime } from '../format.ts'
import { type Action, useAction } from '../loaded.ts'
import { Confirm } from '../parts/dialog.tsx'
import { hashOf, ownerSegments, tokenPath } from '../route.ts'
import type { TextKey } from '../text/translate.ts'
import { weekOfUses } from './event-counts.ts'
import type { Events, OneToken } from './one-token.ts'
import { ReasonField, revocation } from './reason-field.tsx'
import { RegenerateLife } from './regenerate-life.tsx'
import { allows } from './token-action.ts'

const ENDINGS = ['revoke', 'regenerate', 'delete'] as const
type Ending = (typeof ENDINGS)[number]

interface EndProps extends OneToken {
  readonly onIssued: (issued: IssuedToken) => void
  readonly events: Events | null
  /** The dialog that a link asks for. */
  readonly opened: string | null
}

/** Revoke, regenerate and delete, each behind a question. */
export function EndPanel(props: EndProps): JSX.Element {
  const { t } = useConsole()
  const { token } = props
  const [open, setOpen] = useState<Ending | null>(() => endingOf(props))
  const close = () => setOpen(null)
  return (
    <section class="panel danger" aria-label={t('end.title')}>
      <h3>{t('end.title')}</h3>
      {allows('revoke', token) && <Choice ending="revoke" onChoose={setOpen} />}
      {allows('regenerate', token) && <Choice ending="regenerate" onChoose={setOpen} />}
      <Choice ending="delete" onChoose={setOpen} />
      {open === 'revoke' && <Revoke {...props} onClose={close} />}
      {open === 'regenerate' && <Regenerate {...props} onClose={close} />}
      {open === 'delete' && <Delete {...props} onClose={close} />}
    </section>
  )
}

function endingOf({ opened, token }: EndProps): Ending | null {
  const ending = ENDINGS.find((one) => one === opened) ?? null
  return ending !== null && allows(ending, token) ? ending : null
}

function Choice({ ending, onChoose }: { ending: Ending; onChoose: (ending: Ending) => void }): JSX.Element {
  const { t } = useConsole()
  return (
    <div class="row between">
      <p class="muted">{t(`end.${ending}Text`)}</p>
      <button type="button" class={ending === 'regenerate' ? '' : 'danger'} onClick={() => onChoose(ending)}>
        {t(`end.${ending}`)}
      </button>
    </div>
  )
}

type OpenProps = EndProps & { readonly onClose: () => void }

function Revoke({ token, owner, events, onChanged, onClose }: OpenProps): JSX.Element {
  const { client, t, announce, emit } = useConsole()
  const action = useAction()
  const [reason, setReason] = useState('')
  async function revoke() {
    const revoked = await client.send<Token>('POST', `${tokenPath(owner, token.id)}/revoke`, {
      body: revocation(reason),
    })
    announce(t('end.revoked', { name: token.name }))
    emit('token-revoked', token.id)
    onChanged(revoked)
  }
  return (
    <Question ending="revoke" token={token} action={action} onClose={onClose} work={revoke}>
      <h4 class="label">{t('end.stops')}</h4>
      <WhatStops token={token} events={events} />
      <ReasonField reason={reason} onInput={setReason} fault={action.failure?.fault('reason') ?? null} />
    </Question>
  )
}

function Delete({ token, owner, events, onClose }: OpenProps): JSX.Element {
  const { client, t, announce, emit, go } = useConsole()
  const action = useAction()
  async function remove() {
    await client.send('DELETE', tokenPath(owner, token.id))
    announce(t('end.deleted', { name: token.name }))
    emit('token-deleted', token.id)
    go(hashOf(ownerSegments(owner, 'tokens')))
  }
  return (
    <Question ending="delete" token={token} action={action} onClose={onClose} work={remove}>
      {token.status === 'active' && <WhatStops token={token} events={events} />}
      <p class="muted">{t('end.deleteText')}</p>
    </Question>
  )
}

function Regenerate({ token, owner, onIssued, onClose }: OpenProps): JSX.Element {
  const { client, t, announce, emit } = useConsole()
  const action = useAction()
  const [days, setDays] = useState<number | null>(null)
  const key = useRef({ days: -1 as number | null, key: '' })
  async function regenerate() {
    if (key.current.days !== days) key.current = { days, key: newIdempotencyKey() }
    const options = { body: days === null ? {} : { expires_in_days: days }, idempotencyKey: key.current.key }
    const issued = await client.send<IssuedToken>('POST', `${tokenPath(owner, token.id)}/regenerate`, options)
    announce(t('end.regenerated', { name: token.name }))
    emit('token-rotated', token.id)
    onIssued(issued)
  }
  return (
    <Question ending="regenerate" token={token} action={action} onClose={onClose} work={regenerate}>
      <p class="muted">{t('end.regenerateText')}</p>
      <RegenerateLife days={days} setDays={setDays} />
    </Question>
  )
}

interface QuestionProps {
  readonly ending: Ending
  readonly token: Token
  readonly action: Action
  readonly work: () => Promise<void>
  readonly onClose: () => void
  readonly children: JSX.Element | (JSX.Element | false)[]
}

function Question({ ending, token, action, work, onClose, children }: QuestionProps): JSX.Element {
  const { t } = useConsole()
  return (
    <Confirm
      title={t(`end.${ending}Title` as TextKey, { name: token.name })}
      confirm={t(`end.${ending}`)}
      isDangerous={ending !== 'regenerate'}
      action={action}
      onClose={onClose}
      onConfirm={() => void action.run(work).then((isDone) => isDone && onClose())}
    >
      {children}
    </Confirm>
  )
}

const MOST_PATHS = 5

/** The last use and the requests of the week, by path. */
function WhatStops({ token, events }: { token: Token; events: Events | null }): JSX.Element {
  const { t, language } = useConsole()
  const { last_used_at, last_used_ip } = token
  if (last_used_at === null) return <p>{t('end.unused')}</p>
  const when = relativeTime(new Date(last_used_at), Date.now(), language)
  return (
    <div class="tight">
      <p>{t('end.lastUse', { when, address: last_used_ip ?? t('time.unknown') })}</p>
      <Week events={events} />
    </div>
  )
}

function Week({ events }: { events: Events | null }): JSX.Element {
  const { t } = useConsole()
  if (events === null) return <p>{t('end.weekUnknown')}</p>
  const { total, paths } = weekOfUses(events.items, Date.now())
  if (total === 0) return <p>{t('end.weekNone')}</p>
  return (
    <>
      <p>{t('end.week', { count: total })}</p>
      <ul class="tight">
        {paths.slice(0, MOST_PATHS).map(([path, count]) => (
          <li key={path}>
            <span class="mono">{path}</span> <span class="muted">{t('events.times', { count })}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

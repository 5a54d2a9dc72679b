import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { newIdempotencyKey } from '../api/client.ts'
import type { AuditEvent, IssuedToken } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { durationText } from '../format.ts'
import { useAction } from '../loaded.ts'
import { Confirm } from '../parts/dialog.tsx'
import { tokenPath } from '../route.ts'
import type { OneToken } from './one-token.ts'
import { RotationState } from './rotation-state.tsx'

interface RotateProps extends Omit<OneToken, 'onChanged'> {
  readonly onIssued: (issued: IssuedToken) => void
  /** The dialog that a link asks for. */
  readonly opened: string | null
  /** The changes of the token, the newest first. */
  readonly changes: readonly AuditEvent[]
}

const OVERLAPS = [0, 3_600, 86_400, 604_800]

/** A new secret for an active token, step by step. */
export function RotatePanel({ token, owner, opened, onIssued, changes }: RotateProps): JSX.Element {
  const { t } = useConsole()
  const [isOpen, setOpen] = useState(opened === 'rotate')
  return (
    <section class="panel" aria-label={t('rotate.title')}>
      <h3>{t('rotate.title')}</h3>
      <p class="muted">{t('rotate.text')}</p>
      <RotationState {...{ token, owner, changes }} />
      <div>
        <button type="button" onClick={() => setOpen(true)}>
          {t('rotate.submit')}
        </button>
      </div>
      {isOpen && <RotateDialog {...{ token, owner, onIssued }} onClose={() => setOpen(false)} />}
    </section>
  )
}

interface DialogProps extends Omit<RotateProps, 'changes' | 'opened'> {
  readonly onClose: () => void
}

function RotateDialog({ token, owner, onIssued, onClose }: DialogProps): JSX.Element {
  const { client, t, emit, announce } = useConsole()
  const action = useAction()
  const [overlap, setOverlap] = useState(0)
  const key = useRef({ overlap: -1, key: '' })

  async function rotate() {
    if (key.current.overlap !== overlap) key.current = { overlap, key: newIdempotencyKey() }
    const options = { body: { overlap_seconds: overlap }, idempotencyKey: key.current.key }
    const issued = await client.send<IssuedToken>('POST', `${tokenPath(owner, token.id)}/rotate`, options)
    announce(t('rotate.rotated', { name: token.name }))
    emit('token-rotated', token.id)
    onIssued(issued)
  }

  return (
    <Confirm
      title={t('rotate.title')}
      confirm={t('rotate.submit')}
      isDangerous={false}
      action={action}
      onClose={onClose}
      onConfirm={() => void action.run(rotate)}
    >
      <OverlapChoice overlap={overlap} setOverlap={setOverlap} />
    </Confirm>
  )
}

function OverlapChoice({
  overlap,
  setOverlap,
}: {
  overlap: number
  setOverlap: (seconds: number) => void
}): JSX.Element {
  const { t, caller, language } = useConsole()
  const most = caller.policy.maximum_overlap_seconds
  return (
    <fieldset class="tight">
      <legend>{t('rotate.overlap')}</legend>
      {OVERLAPS.filter((seconds) => seconds <= most).map((seconds) => (
        <label key={seconds} class="choice">
          <input type="radio" name="overlap" checked={overlap === seconds} onChange={() => setOverlap(seconds)} />
          {seconds === 0 ? t('rotate.now') : t('rotate.after', { duration: durationText(seconds, language) })}
        </label>
      ))}
    </fieldset>
  )
}

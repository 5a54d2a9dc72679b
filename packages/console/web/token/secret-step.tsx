import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { IssuedToken } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { CopyButton } from '../parts/copy.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { secretLines } from './secret-lines.ts'

interface SecretProps {
  readonly issued: IssuedToken
  readonly onClose: () => void
}

/** The secret, once: it is in this component alone, and gone when the component is. */
export function SecretStep({ issued, onClose }: SecretProps): JSX.Element {
  const { t, announce } = useConsole()
  const [isCopied, setCopied] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const [isHidden, setHidden] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus()
    announce(t('secret.announce'))
  }, [])
  useUnloadWarning(!isCopied)
  const close = () => {
    announce(t('secret.closed'))
    onClose()
  }
  return (
    <section class="screen stack form" part="secret">
      <h2 ref={heading} tabIndex={-1}>
        {t('secret.title', { name: issued.name })}
      </h2>
      <div class="panel secret">
        <p>{t('secret.warning')}</p>
        <SecretField secret={issued.secret} {...{ isHidden, setHidden }} onCopied={() => setCopied(true)} />
      </div>
      <SecretLines secret={issued.secret} isHidden={isHidden} onCopied={() => setCopied(true)} />
      <div>
        <button type="button" class={isCopied ? 'primary' : ''} onClick={() => (isCopied ? close() : setAsking(true))}>
          {t('secret.done')}
        </button>
      </div>
      {isAsking && <AskBeforeClosing onClose={close} onStay={() => setAsking(false)} />}
    </section>
  )
}

interface FieldProps {
  readonly secret: string
  readonly isHidden: boolean
  readonly setHidden: (isHidden: boolean) => void
  readonly onCopied: () => void
}

function SecretField({ secret, isHidden, setHidden, onCopied }: FieldProps): JSX.Element {
  const { t } = useConsole()
  const field = useRef<HTMLInputElement>(null)
  // Browsers copy nothing from a password field, so its dots never reach the clipboard.
  return (
    <div class="row">
      <input
        ref={field}
        class="secret-field"
        {...{ type: (isHidden ? 'password' : 'text') as 'text' }}
        readOnly
        aria-label={t('secret.label')}
        autoComplete="off"
        spellcheck={false}
        value={secret}
        onFocus={(event) => event.currentTarget.select()}
        onCopy={(event) => isWhole(event.currentTarget) && onCopied()}
      />
      <CopyButton text={() => secret} label={t('secret.copy')} field={field} isPrimary onCopied={onCopied} />
      <button type="button" aria-pressed={isHidden} onClick={() => setHidden(!isHidden)}>
        {isHidden ? t('secret.show') : t('secret.hide')}
      </button>
    </div>
  )
}

function SecretLines({ secret, isHidden, onCopied }: Omit<FieldProps, 'setHidden'>): JSX.Element {
  const { t, example } = useConsole()
  return (
    <details>
      <summary>{t('secret.lines')}</summary>
      <div class="stack">
        <p class="small muted">{t('secret.linesHelp')}</p>
        {secretLines(example, secret).map(({ name, shown, copied, hasSecret }) => (
          <div key={name} class="line">
            <span class="label">{name}</span>
            <code>{isHidden && hasSecret ? '••••••••' : shown}</code>
            <CopyButton
              text={() => copied}
              label={t('state.copy')}
              name={t('secret.copyLine', { name })}
              {...(hasSecret && { onCopied })}
            />
          </div>
        ))}
      </div>
    </details>
  )
}

function AskBeforeClosing({ onClose, onStay }: { onClose: () => void; onStay: () => void }): JSX.Element {
  const { t } = useConsole()
  return (
    <Dialog title={t('secret.askTitle')} onClose={onStay}>
      <p>{t('secret.askText')}</p>
      <div class="row">
        <button type="button" class="primary" onClick={onStay}>
          {t('secret.askStay')}
        </button>
        <button type="button" class="danger" onClick={onClose}>
          {t('secret.askClose')}
        </button>
      </div>
    </Dialog>
  )
}

/** The browser asks before the page goes away. */
function useUnloadWarning(isActive: boolean): void {
  useEffect(() => {
    if (!isActive) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [isActive])
}

function isWhole({ selectionStart, selectionEnd, value }: HTMLInputElement): boolean {
  return selectionStart === 0 && selectionEnd === value.length
}

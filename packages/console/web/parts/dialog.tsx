import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useConsole } from '../console.ts'
import type { Action } from '../loaded.ts'
import { Failure } from './failure.tsx'
import { Slow } from './loading.tsx'

interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  readonly onClose: () => void
}

/** A modal dialog of the platform: it keeps the focus and gives it back, and Escape closes it. */
export function Dialog({ title, children, onClose }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current as HTMLDialogElement
    const root = element.getRootNode() as ShadowRoot
    const opener = root.activeElement as HTMLElement | null
    element.showModal()
    return () => {
      element.close()
      // The change may have taken the control away that had opened the dialog.
      setTimeout(() => (opener?.isConnected ? opener : root.querySelector<HTMLElement>('h2'))?.focus())
    }
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={cancelled(onClose)} part="dialog">
      <div class="stack">
        {/* The focus begins at the title, so that Enter confirms nothing by accident. */}
        <h3 id={id} tabIndex={-1} autofocus>
          {title}
        </h3>
        {children}
      </div>
    </dialog>
  )
}

function cancelled(onClose: () => void): (event: Event) => void {
  return (event) => {
    event.preventDefault()
    onClose()
  }
}

interface ConfirmProps {
  readonly title: string
  readonly children?: ComponentChildren
  readonly confirm: string
  readonly action: Action
  readonly isDangerous?: boolean
  readonly isDisabled?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before a change. It stays open, with the reason, where the change has failed. */
export function Confirm(props: ConfirmProps): JSX.Element {
  const { title, children, confirm, action, isDangerous = true, isDisabled = false, onConfirm, onClose } = props
  const { t } = useConsole()
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Slow isSlow={action.isSlow} />
      <Failure failure={action.failure} />
      <div class="row">
        <button
          type="button"
          class={isDangerous ? 'danger solid' : 'primary'}
          aria-disabled={action.isBusy || isDisabled}
          onClick={() => !isDisabled && onConfirm()}
        >
          {action.isBusy ? t('state.loading') : confirm}
        </button>
        <button type="button" onClick={onClose}>
          {t('state.cancel')}
        </button>
      </div>
    </Dialog>
  )
}

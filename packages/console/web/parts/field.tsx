import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { useConsole } from '../console.ts'

interface FieldProps {
  readonly label: string
  readonly help?: string | undefined
  readonly fault?: string | null
  readonly isOptional?: boolean
  /** The control, with the attributes that join it to its label, help and fault. */
  readonly children: (attributes: FieldAttributes) => ComponentChildren
}

export interface FieldAttributes {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

/** A control with its label, its help and its fault. */
export function Field({ label, help, fault = null, isOptional = false, children }: FieldProps): JSX.Element {
  const { t } = useConsole()
  const id = useId()
  const described = [help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label class="label" for={id}>
        {label} {isOptional && <span class="muted">({t('create.optional')})</span>}
      </label>
      {help && (
        <p id={`${id}-help`} class="small muted">
          {help}
        </p>
      )}
      {children({ id, 'aria-describedby': described === '' ? undefined : described, 'aria-invalid': fault !== null })}
      {fault !== null && (
        <p id={`${id}-fault`} class="fault">
          {fault}
        </p>
      )}
    </div>
  )
}

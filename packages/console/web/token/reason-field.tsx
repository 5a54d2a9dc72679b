import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { Field } from '../parts/field.tsx'

interface ReasonProps {
  readonly reason: string
  readonly onInput: (reason: string) => void
  readonly fault: string | null
}

const LONGEST = 500

/** Why tokens are revoked, for those who read the log. */
export function ReasonField({ reason, onInput, fault }: ReasonProps): JSX.Element {
  const { t } = useConsole()
  return (
    <Field label={t('end.reason')} help={t('end.reasonHelp')} isOptional fault={fault}>
      {(attributes) => (
        <input
          {...attributes}
          class="wide"
          maxLength={LONGEST}
          autoComplete="off"
          value={reason}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** The body of a revocation. */
export function revocation(reason: string): { readonly reason?: string } {
  return reason.trim() === '' ? {} : { reason: reason.trim() }
}

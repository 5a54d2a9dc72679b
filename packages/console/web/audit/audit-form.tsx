import type { JSX, TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { useConsole } from '../console.ts'
import { Field } from '../parts/field.tsx'
import type { TextKey } from '../text/translate.ts'
import { type AuditFilters, REASONS } from './audit-filters.ts'

interface FormProps {
  readonly filters: AuditFilters
  readonly onApply: (filters: AuditFilters) => void
}

const OUTCOMES = ['allowed', 'denied', 'changed'] as const

export function AuditForm({ filters, onApply }: FormProps): JSX.Element {
  const { t } = useConsole()
  const [draft, setDraft] = useState(filters)
  const set = (part: Partial<AuditFilters>) => setDraft({ ...draft, ...part })
  const input = (name: keyof AuditFilters, label: TextKey, type: 'text' | 'datetime-local' = 'text') => (
    <Input label={t(label)} type={type} value={draft[name]} onInput={(value) => set({ [name]: value })} />
  )
  function apply(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    onApply(draft)
  }
  return (
    <form class="filters" role="search" onSubmit={apply}>
      <Select
        label={t('audit.outcome')}
        value={draft.outcome}
        options={[['', t('status.all')], ...OUTCOMES.map((outcome) => [outcome, t(`events.${outcome}`)] as const)]}
        onChange={(outcome) => set(outcome === 'denied' ? { outcome } : { outcome, reason: '' })}
      />
      {draft.outcome === 'denied' && (
        <Select
          label={t('audit.reason')}
          value={draft.reason}
          options={[['', t('audit.anyReason')], ...REASONS.map((reason) => [reason, reason] as const)]}
          onChange={(reason) => set({ reason })}
        />
      )}
      {input('token_id', 'audit.token')}
      {input('principal_id', 'audit.principal')}
      {draft.outcome !== 'changed' && input('client_ip', 'audit.address')}
      {draft.outcome !== 'changed' && input('request_id', 'audit.requestId')}
      {input('from', 'audit.from', 'datetime-local')}
      {input('until', 'audit.until', 'datetime-local')}
      <button type="submit">{t('audit.apply')}</button>
    </form>
  )
}

interface InputProps {
  readonly label: string
  readonly type: 'text' | 'datetime-local'
  readonly value: string
  readonly onInput: (value: string) => void
}

function Input({ label, type, value, onInput }: InputProps): JSX.Element {
  return (
    <Field label={label}>
      {(attributes) => (
        <input
          {...attributes}
          {...{ type: type as 'text' }}
          autoComplete="off"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value.trim())}
        />
      )}
    </Field>
  )
}

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly onChange: (value: string) => void
}

export function Select({ label, value, options, onChange }: SelectProps): JSX.Element {
  return (
    <Field label={label}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

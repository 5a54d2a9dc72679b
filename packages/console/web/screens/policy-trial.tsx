import type { JSX, TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { useConsole } from '../console.ts'
import { DAY_SECONDS } from '../format.ts'
import { Field } from '../parts/field.tsx'
import type { TextKey } from '../text/translate.ts'

/** An expiry policy that is tried, as it stands in the URL: days as typed. */
export interface PolicyTrial {
  readonly max_days: string
  readonly idle_days: string
  /** `yes`, or empty. */
  readonly required: string
}

export function trialOf(params: URLSearchParams): PolicyTrial {
  const text = (name: string) => params.get(name) ?? ''
  return { max_days: text('max_days'), idle_days: text('idle_days'), required: text('required') }
}

/** The tokens that the policy would have ended by now; `null` for a policy without rules. */
export function trialQuery({ max_days, idle_days, required }: PolicyTrial): Record<string, string | number> | null {
  const query = {
    ...(isDays(max_days) && { policy_maximum_lifetime_seconds: Number(max_days) * DAY_SECONDS }),
    ...(isDays(idle_days) && { policy_idle_seconds: Number(idle_days) * DAY_SECONDS }),
    ...(required !== '' && { policy_lifetime_required: 'true' }),
  }
  return Object.keys(query).length === 0 ? null : query
}

interface TrialProps {
  readonly trial: PolicyTrial
  readonly onTry: (trial: PolicyTrial) => void
}

/** The form of a dry run: nothing is changed. */
export function TrialForm({ trial, onTry }: TrialProps): JSX.Element {
  const { t } = useConsole()
  const [draft, setDraft] = useState(trial)
  function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    onTry(draft)
  }
  const days = (name: 'max_days' | 'idle_days', label: TextKey) => (
    <Field label={t(label)}>
      {(attributes) => (
        <input
          {...attributes}
          type="number"
          min={1}
          max={36_500}
          value={draft[name]}
          onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  )
  return (
    <form class="panel" onSubmit={submit}>
      <p>{t('trial.text')}</p>
      <div class="filters">
        {days('max_days', 'trial.maximum')}
        {days('idle_days', 'trial.idle')}
        <label class="choice">
          <input
            type="checkbox"
            checked={draft.required !== ''}
            onChange={(event) => setDraft({ ...draft, required: event.currentTarget.checked ? 'yes' : '' })}
          />
          {t('create.policyRequired')}
        </label>
        <button type="submit">{t('trial.submit')}</button>
      </div>
    </form>
  )
}

function isDays(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 36_500
}

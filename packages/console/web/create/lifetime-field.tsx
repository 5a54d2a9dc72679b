import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { DAY_MS, dayText, durationText } from '../format.ts'
import { Field } from '../parts/field.tsx'
import { allowsNoEnd, type Change, type Draft, dateBounds, dateEnd, presetDays } from './draft.ts'

interface LifetimeProps {
  readonly draft: Pick<Draft, 'lifetime' | 'date'>
  readonly change: Change
  readonly fault: string | null
}

/** The lifetimes that the policy allows, and what it says. */
export function LifetimeField({ draft, change, fault }: LifetimeProps): JSX.Element {
  const { t, caller, language } = useConsole()
  const { policy } = caller
  const choices = [...presetDays(policy), 'date' as const, ...(allowsNoEnd(policy) ? ['none' as const] : [])]
  const labelOf = (choice: Draft['lifetime']) =>
    typeof choice === 'number' ? t('create.days', { count: choice }) : t(`create.${choice}`)
  return (
    <fieldset class="tight">
      <legend>{t('create.lifetime')}</legend>
      <PolicyText />
      <div class="row">
        {choices.map((choice) => (
          <label key={choice} class="choice">
            <input
              type="radio"
              name="lifetime"
              checked={draft.lifetime === choice}
              onChange={() => change({ lifetime: choice })}
            />
            {labelOf(choice)}
          </label>
        ))}
      </div>
      {draft.lifetime === 'date' && (
        <Field label={t('create.date')} fault={fault}>
          {(attributes) => (
            <input
              {...attributes}
              {...dateBounds(policy, Date.now())}
              type="date"
              value={draft.date}
              onInput={(event) => change({ date: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      <p class="small muted" aria-live="polite">
        {endText(draft, t, language)}
      </p>
    </fieldset>
  )
}

function endText({ lifetime, date }: LifetimeProps['draft'], t: ReturnType<typeof useConsole>['t'], language: string) {
  if (lifetime === 'none') return t('create.endsNever')
  const end = lifetime === 'date' ? dateEnd(date, Date.now()) : new Date(Date.now() + lifetime * DAY_MS)
  return end === null ? '' : t('create.endsOn', { date: dayText(end, language) })
}

function PolicyText(): JSX.Element | null {
  const { t, caller, language } = useConsole()
  const { policy } = caller
  const duration = (seconds: number) => ({ duration: durationText(seconds, language) })
  const { minimum_lifetime_seconds: least, maximum_lifetime_seconds: most, idle_seconds: idle } = policy
  const sentences = [
    most !== null && t('create.policyMaximum', duration(most)),
    least !== null && t('create.policyMinimum', duration(least)),
    policy.lifetime_required && most === null && t('create.policyRequired'),
    idle !== null && t('create.policyIdle', duration(idle)),
    policy.maximum_tokens !== null && t('create.policyCount', { count: policy.maximum_tokens }),
  ].filter((sentence) => sentence !== false)
  return sentences.length === 0 ? null : <p class="small muted">{sentences.join(' ')}</p>
}

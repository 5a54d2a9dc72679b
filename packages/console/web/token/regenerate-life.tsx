import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useConsole } from '../console.ts'
import { presetDays } from '../create/draft.ts'
import { Field } from '../parts/field.tsx'

interface LifeProps {
  /** `null` for the lifetime of the policy. */
  readonly days: number | null
  readonly setDays: (days: number | null) => void
}

/** The lifetime of a regenerated token. */
export function RegenerateLife({ days, setDays }: LifeProps): JSX.Element {
  const { t, caller } = useConsole()
  const presets = presetDays(caller.policy)
  useEffect(() => {
    if (days === null && presets.length > 0) setDays(presets.includes(30) ? 30 : (presets[0] as number))
  }, [])
  return (
    <Field label={t('create.lifetime')}>
      {(attributes) => (
        <select {...attributes} value={String(days)} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {presets.map((preset) => (
            <option key={preset} value={String(preset)}>
              {t('create.days', { count: preset })}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

import type { JSX } from 'preact'
import type { ScopePart } from '../../src/page-config.ts'
import { useConsole } from '../console.ts'
import { ALL, type Selection, toggled } from './entity-scope.ts'

export interface PartProps {
  readonly part: ScopePart
  /** The parts before. */
  readonly parts: readonly ScopePart[]
  readonly selection: Selection
  readonly isReached: boolean
  /** Whether neither the caller nor the owner may give the choice of all. */
  readonly isAllAbove: boolean
  readonly onChange: (chosen: readonly string[]) => void
}

interface ChoiceProps extends Pick<PartProps, 'part' | 'isAllAbove' | 'onChange'> {
  readonly chosen: readonly string[]
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  /** The name of the group of inputs. */
  readonly group: string
}

/** The choices of a part, before them that of all, which is off with its reason where it cannot be given. */
export function ChoiceList({ part, isAllAbove, chosen, choices, group, onChange }: ChoiceProps): JSX.Element {
  const { t } = useConsole()
  const isOff = isAllAbove && !chosen.includes(ALL)
  const choose = (value: string) => onChange(toggled(part, chosen, value))
  const shared = { type: part.several ? 'checkbox' : 'radio', name: group } as const
  return (
    <>
      {part.all !== undefined && (
        <label class="choice" data-off={isOff ? '' : undefined}>
          <input {...shared} checked={chosen.includes(ALL)} disabled={isOff} onChange={() => choose(ALL)} />
          <span>
            {part.all} <span class="mono muted">{ALL}</span>
            {isAllAbove && <span class="small reason">{t('create.notGrantable')}</span>}
          </span>
        </label>
      )}
      {choices.map(({ value, label }) => (
        <label key={value} class="choice">
          <input {...shared} checked={chosen.includes(value)} onChange={() => choose(value)} />
          <span>
            <bdi>{label}</bdi>{' '}
            {part.source !== undefined && label !== value && <span class="mono small muted">{value}</span>}
          </span>
        </label>
      ))}
    </>
  )
}

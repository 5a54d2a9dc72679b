import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import type { ScopePart } from '../../src/page-config.ts'
import { ChoiceList, type PartProps } from './choice-list.tsx'

interface FixedProps extends PartProps {
  readonly values: NonNullable<ScopePart['values']>
}

/** A part whose choices are known. */
export function FixedChoices({ part, values, selection, isAllAbove, onChange }: FixedProps): JSX.Element {
  const group = useId()
  return (
    <fieldset class="tight">
      <legend class="label">{part.label}</legend>
      <div class="choices">
        <ChoiceList {...{ part, isAllAbove, group, onChange }} chosen={selection[part.name] ?? []} choices={values} />
      </div>
    </fieldset>
  )
}

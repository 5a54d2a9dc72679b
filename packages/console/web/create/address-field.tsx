import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { Field } from '../parts/field.tsx'
import { isInRange, isRange, rangesOf } from './address.ts'
import type { Change, Draft } from './draft.ts'

interface AddressProps {
  readonly draft: Pick<Draft, 'addresses'>
  readonly change: Change
  readonly fault: string | null
}

/** The address list, checked while it is typed. */
export function AddressField({ draft, change, fault }: AddressProps): JSX.Element {
  const { t, caller } = useConsole()
  const ranges = rangesOf(draft.addresses)
  const wrong = ranges.find((range) => !isRange(range))
  const mine = caller.client_ip
  const isLockedOut = mine !== null && ranges.length > 0 && !ranges.some((range) => isInRange(mine, range) !== false)
  const add = () => change({ addresses: [...ranges, mine].join('\n') })
  return (
    <div class="tight">
      <div class="wide">
        <Field
          label={t('create.addresses')}
          help={t('create.addressesHelp')}
          isOptional
          fault={wrong === undefined ? fault : t('create.addressBad', { range: wrong })}
        >
          {(attributes) => (
            <textarea
              {...attributes}
              class="wide mono"
              rows={3}
              spellcheck={false}
              value={draft.addresses}
              onInput={(event) => change({ addresses: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      {mine !== null && (
        <button type="button" class="quiet" disabled={ranges.includes(mine)} onClick={add}>
          {t('create.myAddress', { address: mine })}
        </button>
      )}
      {isLockedOut && wrong === undefined && (
        <p class="message warn" role="status">
          {t('create.lockedOut', { address: mine })}
        </p>
      )}
    </div>
  )
}

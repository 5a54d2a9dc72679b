import type { JSX } from 'preact'
import type { AuditEvent, Token } from '../api/models.ts'
import { useConsole } from '../console.ts'
import { Field } from '../parts/field.tsx'
import { refusedUses, tokensOutside } from '../token/event-counts.ts'
import { isInRange, isRange } from './address.ts'
import type { Change, Draft } from './draft.ts'
import { entriesOf } from './entries.ts'

interface AddressProps {
  readonly draft: Pick<Draft, 'addresses'>
  readonly change: Change
  readonly fault: string | null
  /** The latest events of the token, or of the token that is copied. */
  readonly events: readonly AuditEvent[]
  /** Other tokens of the owner, for a new one that copies none. */
  readonly others?: readonly Token[]
}

/** The address list, checked while it is typed. */
export function AddressField({ draft, change, fault, events, others = [] }: AddressProps): JSX.Element {
  const { t, caller } = useConsole()
  const ranges = entriesOf(draft.addresses)
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
      {wrong === undefined && (
        <>
          <Outside counts={refusedUses(events, ranges, Date.now())} text="create.wouldRefuse" isWarning />
          <Outside counts={tokensOutside(others, ranges, Date.now())} text="create.othersOutside" />
        </>
      )}
      {isLockedOut && wrong === undefined && (
        <p class="message warn" role="status">
          {t('create.lockedOut', { address: mine })}
        </p>
      )}
    </div>
  )
}

const MOST_ADDRESSES = 5

interface OutsideProps {
  readonly counts: ReadonlyMap<string, number>
  readonly text: 'create.wouldRefuse' | 'create.othersOutside'
  readonly isWarning?: boolean
}

/** Addresses of the last week that are not in the list. */
function Outside({ counts, text, isWarning = false }: OutsideProps): JSX.Element | null {
  const { t } = useConsole()
  if (counts.size === 0) return null
  const count = [...counts.values()].reduce((sum, uses) => sum + uses, 0)
  const addresses = [...counts].sort(([, a], [, b]) => b - a).map(([address]) => address)
  return (
    <p class={isWarning ? 'message warn' : 'message'} role="status">
      {t(text, { count })} <span class="mono">{addresses.slice(0, MOST_ADDRESSES).join(', ')}</span>
      {addresses.length > MOST_ADDRESSES && ` ${t('tokens.moreScopes', { number: addresses.length - MOST_ADDRESSES })}`}
    </p>
  )
}

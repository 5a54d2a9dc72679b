import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useConsole } from '../console.ts'
import { useLoaded } from '../loaded.ts'
import { Heading } from '../parts/heading.tsx'
import { LoadedView } from '../parts/loading.tsx'
import { hashOf } from '../route.ts'
import { BulkRevoke } from './bulk-revoke.tsx'
import {
  INVENTORY_FILTERS,
  type Inventory,
  type InventoryFilter,
  type InventoryQuery,
  MOST_TOKENS,
  readInventory,
  type TrialEffect,
} from './inventory.ts'
import { InventoryTable } from './inventory-table.tsx'
import { TrialForm, trialOf, trialQuery } from './policy-trial.tsx'

interface ScreenProps {
  readonly params: URLSearchParams
  readonly takesFocus: boolean
}

/** The active tokens of all principals, by signs of neglect. */
export function InventoryScreen({ params, takesFocus }: ScreenProps): JSX.Element {
  const { t, go } = useConsole()
  const given = params.get('filter') as InventoryFilter
  const filter = INVENTORY_FILTERS.includes(given) ? given : 'every'
  const trial = trialOf(params)
  const key = JSON.stringify([filter, trial])
  const rules = filter === 'trial' ? trialQuery(trial) : null
  return (
    <section class="screen stack">
      <Heading takesFocus={takesFocus}>{t('inventory.title')}</Heading>
      <div class="row" role="group" aria-label={t('inventory.filter')}>
        {INVENTORY_FILTERS.map((name) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={name === filter}
            onClick={() => go(hashOf(['inventory'], { filter: name === 'every' ? '' : name }))}
          >
            {t(`inventory.${name}`)}
          </button>
        ))}
      </div>
      {filter === 'trial' && (
        <TrialForm key={key} trial={trial} onTry={(next) => go(hashOf(['inventory'], { filter, ...next }))} />
      )}
      {rules === null ? (
        <Group key={key} filter={filter} trial={null} />
      ) : (
        TRIAL_EFFECTS.map((effect) => (
          <section key={`${key} ${effect}`} class="stack" aria-label={t(`trial.${effect}`)}>
            <h3>{t(`trial.${effect}`)}</h3>
            <Group filter={filter} trial={{ ...rules, policy_effect: effect }} />
          </section>
        ))
      )}
    </section>
  )
}

const TRIAL_EFFECTS: readonly TrialEffect[] = ['ended', 'shortened']

/** The tokens of a filter, or those that a policy has one effect on. */
function Group({ filter, trial }: Omit<InventoryQuery, 'policy'>): JSX.Element {
  const { client, caller } = useConsole()
  const query = { filter, trial, policy: caller.policy }
  const loaded = useLoaded((signal) => readInventory(client, query, Date.now(), signal), [])
  return (
    <LoadedView loaded={loaded}>
      {(inventory) => <Findings inventory={inventory} onRevoked={loaded.reload} />}
    </LoadedView>
  )
}

const STEP = 100

function Findings({ inventory, onRevoked }: { inventory: Inventory; onRevoked: () => void }): JSX.Element {
  const { t } = useConsole()
  const { items, read, isComplete } = inventory
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [shown, setShown] = useState(STEP)
  const [isAsking, setAsking] = useState(false)
  useEffect(() => setSelected(new Set()), [inventory])
  const chosen = items.filter(({ id }) => selected.has(id))
  return (
    <>
      <p role="status" class="muted">
        {t('inventory.scanned', { found: items.length, read })}{' '}
        {!isComplete && t('inventory.cut', { number: MOST_TOKENS })}
      </p>
      {items.length > 0 && (
        <InventoryTable items={items} shown={shown} selected={selected} onSelect={setSelected}>
          <button type="button" class="danger" disabled={chosen.length === 0} onClick={() => setAsking(true)}>
            {t('inventory.revoke', { count: chosen.length })}
          </button>
        </InventoryTable>
      )}
      {shown < items.length && (
        <div>
          <button type="button" onClick={() => setShown(shown + STEP)}>
            {t('tokens.next')}
          </button>
        </div>
      )}
      {isAsking && <BulkRevoke tokens={chosen} onClose={() => setAsking(false)} onRevoked={onRevoked} />}
    </>
  )
}

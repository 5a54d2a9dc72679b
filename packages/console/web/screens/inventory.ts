import type { Client } from '../api/client.ts'
import type { OwnedToken, Principal } from '../api/models.ts'
import { pagesOf, readAll } from '../api/pages.ts'
import { DAY_MS } from '../format.ts'

export const INVENTORY_FILTERS = ['every', 'never', 'unused', 'noEnd', 'disabled'] as const
export type InventoryFilter = (typeof INVENTORY_FILTERS)[number]

/** How many tokens are read at most. */
export const MOST_TOKENS = 10_000
const UNUSED_MS = 90 * DAY_MS

export interface Inventory {
  readonly items: readonly OwnedToken[]
  readonly read: number
  readonly isComplete: boolean
}

/** The active tokens of the organization that match a filter. */
export async function readInventory(
  client: Client,
  filter: InventoryFilter,
  search: string,
  now: number,
  signal: AbortSignal,
): Promise<Inventory> {
  const disabled = filter === 'disabled' ? await disabledPrincipals(client, signal) : new Set<string>()
  const matches = matcher(filter, disabled, now)
  const items: OwnedToken[] = []
  let read = 0
  let isComplete = false
  const query = { status: 'active', search }
  for await (const page of pagesOf<OwnedToken>(client, '/organization/tokens', query, MOST_TOKENS, signal)) {
    items.push(...page.items.filter(matches))
    read += page.items.length
    isComplete = page.isLast
  }
  return { items, read, isComplete }
}

function matcher(filter: InventoryFilter, disabled: ReadonlySet<string>, now: number): (token: OwnedToken) => boolean {
  switch (filter) {
    case 'never':
      return ({ last_used_at }) => last_used_at === null
    case 'unused':
      return ({ last_used_at, created_at }) => now - new Date(last_used_at ?? created_at).getTime() >= UNUSED_MS
    case 'noEnd':
      return ({ ends_at }) => ends_at === null
    case 'disabled':
      return ({ principal_id }) => disabled.has(principal_id)
    default:
      return () => true
  }
}

async function disabledPrincipals(client: Client, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { items } = await readAll<Principal>(client, '/principals', {}, MOST_TOKENS, signal)
  return new Set(items.filter(({ disabled_at }) => disabled_at !== null).map(({ id }) => id))
}

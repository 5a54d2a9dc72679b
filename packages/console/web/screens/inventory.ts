import type { Client, Query } from '../api/client.ts'
import type { CountedPage, OwnedToken, Policy, Principal } from '../api/models.ts'
import { pagesOf, readAll } from '../api/pages.ts'
import { DAY_MS } from '../format.ts'

export const INVENTORY_FILTERS = ['every', 'never', 'unused', 'noEnd', 'against', 'disabled', 'wider', 'trial'] as const
export type InventoryFilter = (typeof INVENTORY_FILTERS)[number]

/** How many tokens are read at most. */
export const MOST_TOKENS = 10_000
const UNUSED_MS = 90 * DAY_MS

const PATH = '/organization/tokens'
const ACTIVE = { status: 'active' }

/** What another policy would do to a token: end it at once, or let it live on with an earlier end. */
export type TrialEffect = 'ended' | 'shortened'

export interface InventoryQuery {
  readonly filter: InventoryFilter
  /** The parameters of a policy that is tried, and which of the tokens it concerns; `null` for none. */
  readonly trial: (Query & { readonly policy_effect: TrialEffect }) | null
  /** The present policy. */
  readonly policy: Policy
}

export interface Inventory {
  readonly items: readonly OwnedToken[]
  readonly read: number
  readonly isComplete: boolean
}

/** The active tokens of the organization that match a filter. */
export async function readInventory(
  client: Client,
  { filter, trial, policy }: InventoryQuery,
  now: number,
  signal: AbortSignal,
): Promise<Inventory> {
  if (filter === 'trial') return readTrial(client, trial, signal)
  const disabled = filter === 'disabled' ? await disabledPrincipals(client, signal) : new Set<string>()
  const matches = matcher(filter, disabled, policy, now)
  const items: OwnedToken[] = []
  let read = 0
  let isComplete = false
  for await (const page of pagesOf<OwnedToken>(client, PATH, ACTIVE, MOST_TOKENS, signal)) {
    items.push(...page.items.filter(matches))
    read += page.items.length
    isComplete = page.isLast
  }
  return { items, read, isComplete }
}

/** The tokens that another policy would end or shorten, of all active ones. */
async function readTrial(client: Client, trial: InventoryQuery['trial'], signal: AbortSignal): Promise<Inventory> {
  const { total } = await client.get<CountedPage<OwnedToken>>(PATH, { ...ACTIVE, limit: 1 }, signal)
  if (trial === null) return { items: [], read: total, isComplete: true }
  const { items, isComplete } = await readAll<OwnedToken>(client, PATH, { ...ACTIVE, ...trial }, MOST_TOKENS, signal)
  return { items, read: total, isComplete }
}

function matcher(
  filter: InventoryFilter,
  disabled: ReadonlySet<string>,
  policy: Policy,
  now: number,
): (token: OwnedToken) => boolean {
  switch (filter) {
    case 'never':
      return ({ last_used_at }) => last_used_at === null
    case 'unused':
      return ({ last_used_at, created_at }) => now - new Date(last_used_at ?? created_at).getTime() >= UNUSED_MS
    case 'noEnd':
      return ({ ends_at }) => ends_at === null
    case 'against':
      return (token) => isAgainst(token, policy)
    case 'wider':
      return ({ scopes_above_owner }) => scopes_above_owner.length > 0
    case 'disabled':
      return ({ principal_id }) => disabled.has(principal_id)
    default:
      return () => true
  }
}

/** Whether a new token could not be given this end. Some are older than the policy. */
function isAgainst({ issued_at, expires_at }: OwnedToken, policy: Policy): boolean {
  const { maximum_lifetime_seconds: most, minimum_lifetime_seconds: least, lifetime_required } = policy
  if (expires_at === null) return lifetime_required || most !== null
  const life = (new Date(expires_at).getTime() - new Date(issued_at).getTime()) / 1_000
  return (most !== null && life > most) || (least !== null && life < least)
}

async function disabledPrincipals(client: Client, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { items } = await readAll<Principal>(client, '/principals', {}, MOST_TOKENS, signal)
  return new Set(items.filter(({ disabled_at }) => disabled_at !== null).map(({ id }) => id))
}

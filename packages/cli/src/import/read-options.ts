import type { Layout } from './layout.ts'
import { LAYOUTS, type LayoutName } from './layouts/layouts.ts'

/** What a file does not say of its tokens. */
export interface ForeignDefaults {
  /** The organization of tokens whose row has no organization. */
  readonly organizationId?: string
  /** The owner of tokens whose row has no owner. */
  readonly principalId?: string
  /** The name of tokens whose row has no name. Default `imported from` and the layout. */
  readonly name?: string
  /** The scopes of tokens whose row says nothing about them, an empty list not counted. Default none. */
  readonly scopes?: readonly string[]
  /** Whether tokens act for the user that owns them. Default `false`: they act for no user. */
  readonly actsForOwner?: boolean
}

export interface ReadOptions {
  readonly layout: LayoutName
  readonly fileFormat: 'csv' | 'jsonl'
  readonly defaults?: ForeignDefaults
  /** The only organization that rows may name, where there is to be no other. */
  readonly onlyOrganizationId?: string
  /**
   * How long tokens live from `created_at` on at most, where the system ends them without a word in its table, as
   * Sanctum's `expiration` does (in minutes, there).
   */
  readonly maximumLifetimeSeconds?: number
  /** Whether dates without an offset are UTC. Default what the layout is known for: yes for `sanctum` and `unkey`. */
  readonly assumeUtc?: boolean
  /**
   * Prefixes that make owners of ids, by `tokenable_type`: `{ 'App\\Models\\Team': 'team-' }`. Ids of
   * two models are counted apart, so two types in one file need two prefixes here, and a type that is not
   * named is a fault. Without it all rows must be of one type.
   */
  readonly ownerPrefixes?: Readonly<Record<string, string>>
  /** The time, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

export interface ReadSettings {
  readonly layout: Layout
  readonly fileFormat: 'csv' | 'jsonl'
  readonly defaults: Required<Pick<ForeignDefaults, 'name' | 'scopes' | 'actsForOwner'>> & ForeignDefaults
  readonly onlyOrganizationId: string | null
  readonly maximumLifetimeMs: number | null
  readonly ownerPrefixes: ReadonlyMap<string, string> | null
  readonly clock: () => number
}

const SECOND_MS = 1_000

/** @throws TypeError naming the option that is wrong */
export function readSettings(options: ReadOptions): ReadSettings {
  const { layout: name, fileFormat, defaults = {}, maximumLifetimeSeconds: most, assumeUtc, ...rest } = options
  if (!Object.hasOwn(LAYOUTS, name)) throw wrong('layout', `must be one of ${Object.keys(LAYOUTS).join(', ')}`)
  if (fileFormat !== 'csv' && fileFormat !== 'jsonl') throw wrong('fileFormat', "must be 'csv' or 'jsonl'")
  if (most !== undefined && !(Number.isSafeInteger(most) && most >= 1)) {
    throw wrong('maximumLifetimeSeconds', 'must be a whole number, 1 or more')
  }
  const layout = LAYOUTS[name]
  return {
    layout: assumeUtc === undefined ? layout : { ...layout, dates: { ...layout.dates, assumeUtc } },
    fileFormat,
    defaults: { name: `imported from ${name}`, scopes: [], actsForOwner: false, ...defaults },
    onlyOrganizationId: rest.onlyOrganizationId ?? null,
    maximumLifetimeMs: most === undefined ? null : most * SECOND_MS,
    ownerPrefixes: rest.ownerPrefixes === undefined ? null : new Map(Object.entries(rest.ownerPrefixes)),
    clock: rest.clock ?? Date.now,
  }
}

function wrong(option: string, problem: string): TypeError {
  return new TypeError(`patkit import option "${option}" ${problem}`)
}

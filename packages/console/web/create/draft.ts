import type { Creation, Policy, Token } from '../api/models.ts'
import { DAY_MS, DAY_SECONDS, localDay } from '../format.ts'
import { entriesOf } from './entries.ts'

/** The input of the form, as it was typed. */
export interface Draft {
  readonly name: string
  readonly description: string
  /** A number of days, a date, or no end. */
  readonly lifetime: number | 'date' | 'none'
  readonly date: string
  readonly scopes: readonly string[]
  /** Scopes that are typed, for systems without a catalogue. */
  readonly further: string
  readonly addresses: string
  readonly user: string
}

/** Changes a part of the input. */
export type Change = (part: Partial<Draft>) => void

/** A name has 255 characters at most. Some are two units of a field's length; the API counts. */
export const LONGEST_NAME_UNITS = 510
const PRESETS = [7, 30, 60, 90, 180, 365]
const LONGEST_TEXT = 2_000
/** More than the API takes, so that it refuses a list of which a link leaves something out. */
const MOST_ENTRIES = 1_000

/** The lifetimes that a policy allows, in days. */
export function presetDays({ minimum_lifetime_seconds, maximum_lifetime_seconds }: Policy): number[] {
  const least = Math.ceil((minimum_lifetime_seconds ?? 0) / DAY_SECONDS)
  const most = Math.floor((maximum_lifetime_seconds ?? Number.POSITIVE_INFINITY) / DAY_SECONDS)
  const presets = PRESETS.filter((days) => days >= least && days <= most)
  const isMissing = Number.isFinite(most) && most >= 1 && !presets.includes(most)
  return isMissing ? [...presets, most] : presets
}

export function allowsNoEnd({ lifetime_required, maximum_lifetime_seconds }: Policy): boolean {
  return !lifetime_required && maximum_lifetime_seconds === null
}

/** The form as a link fills it in. */
export function draftOf(params: URLSearchParams, policy: Policy): Draft {
  const text = (name: string) => (params.get(name) ?? '').slice(0, LONGEST_TEXT)
  // Whole entries: `10.0.0.0/24` without its last digit is a wider range.
  const list = (name: string) => entriesOf(params.get(name) ?? '').slice(0, MOST_ENTRIES)
  return {
    name: text('name'),
    description: text('description'),
    lifetime: lifetimeOf(params.get('days'), policy),
    date: '',
    scopes: list('scopes'),
    further: '',
    addresses: list('addresses').join('\n'),
    user: text('user'),
  }
}

function lifetimeOf(days: string | null, policy: Policy): Draft['lifetime'] {
  const presets = presetDays(policy)
  if (days === 'none' && allowsNoEnd(policy)) return 'none'
  if (days !== null && presets.includes(Number(days))) return Number(days)
  const usual = Math.floor((policy.default_lifetime_seconds ?? 30 * DAY_SECONDS) / DAY_SECONDS)
  return presets.includes(usual) ? usual : (presets[0] ?? 'date')
}

/** The parameters of a link that fills in the form like this. */
export function paramsOf(draft: Draft): Record<string, string> {
  return {
    name: draft.name,
    description: draft.description,
    days: typeof draft.lifetime === 'number' ? String(draft.lifetime) : draft.lifetime === 'none' ? 'none' : '',
    scopes: scopesOf(draft).join(','),
    addresses: entriesOf(draft.addresses).join(','),
    user: draft.user,
  }
}

/** The parameters of a link to a token like this one. */
export function cloneParams(token: Token): Record<string, string> {
  const { name, description, scopes, ip_allowlist, user_id, created_at, expires_at } = token
  const life = expires_at === null ? null : new Date(expires_at).getTime() - new Date(created_at).getTime()
  return {
    name,
    description: description ?? '',
    days: life === null ? 'none' : String(Math.round(life / DAY_MS)),
    scopes: scopes.join(','),
    addresses: (ip_allowlist ?? []).join(','),
    user: user_id ?? '',
    like: token.id,
  }
}

export function scopesOf({ scopes, further }: Pick<Draft, 'scopes' | 'further'>): string[] {
  return [...new Set([...scopes, ...entriesOf(further)])]
}

/** The instant at which the chosen date ends in the zone of the viewer; `null` where no future date is chosen. */
export function dateEnd(date: string, now: number): Date | null {
  const end = new Date(`${date}T23:59:59`)
  return date !== '' && !Number.isNaN(end.getTime()) && end.getTime() > now ? end : null
}

/** The body of the request. */
export function creationOf(draft: Draft, now: number): Creation {
  const addresses = entriesOf(draft.addresses)
  return {
    name: draft.name,
    scopes: scopesOf(draft),
    ...(draft.description !== '' && { description: draft.description }),
    ...(addresses.length > 0 && { ip_allowlist: addresses }),
    ...(draft.user !== '' && { user_id: draft.user }),
    ...expiryOf(draft, now),
  } as Creation
}

function expiryOf({ lifetime, date }: Draft, now: number) {
  if (lifetime === 'none') return { expires_at: null }
  if (lifetime !== 'date') return { expires_in_days: lifetime }
  return { expires_at: dateEnd(date, now)?.toISOString() ?? null }
}

/** The first and the last day that the policy allows. */
export function dateBounds(policy: Policy, now: number): { readonly min: string; readonly max: string | undefined } {
  const { minimum_lifetime_seconds: least, maximum_lifetime_seconds: most } = policy
  const day = (seconds: number) => localDay(new Date(now + seconds * 1_000))
  return { min: day(least ?? DAY_SECONDS), max: most === null ? undefined : day(most - DAY_SECONDS) }
}

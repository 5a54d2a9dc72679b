import { validInstant } from '../audit/audit-input.ts'
import { isSearchable, LONGEST_NAME, refuseUnknownMembers, validCount } from '../input/fields.ts'
import { type LifetimePolicy, lifeRules } from '../lifecycle/lifetime.ts'
import type { LifeRules, ListQuery, ListSort, ListStatus, Principal } from '../stores/token-store.ts'
import { invalidInput } from '../token-error.ts'
import { readCursor, readPrincipalCursor } from './list-cursor.ts'
import { DEFAULT_PAGE, LARGEST_PAGE } from './page-size.ts'

export interface ListInput {
  /** Default `all`. */
  readonly status?: ListStatus
  /** Part of the name or description, in any case. */
  readonly search?: string
  /** Part of the name alone, in any case. */
  readonly name?: string
  /** Tokens with `endsAt` before this instant, expired ones included: see `status`. */
  readonly endsBefore?: Date
  /**
   * Tokens that would have expired under these rules, revoked ones included. With `status: 'active'`, those that a new
   * policy would end at once: a dry run.
   */
  readonly expiredUnder?: PolicyTrial
  /**
   * Tokens that would live on under these rules, with an earlier end than under the policy of the service. `idleSeconds`
   * alone gives no earlier end: uses put it off. Cannot be combined with `expiredUnder`.
   */
  readonly shortenedUnder?: PolicyTrial
  /** Default `createdAt`, the newest first. */
  readonly sort?: ListSort
  readonly descending?: boolean
  /** 1 to 100, default 20. */
  readonly limit?: number
  /** `next` of the page before. Rows that are added or removed shift nothing. */
  readonly cursor?: string
  /** Or the number of rows to skip, for numbered pages. */
  readonly offset?: number
}

/** Rules of a policy that tokens are tried against. */
export type PolicyTrial = Pick<LifetimePolicy, 'maximumLifetimeSeconds' | 'idleSeconds' | 'lifetimeRequired'>

const LARGEST_OFFSET = 1_000_000
/** A century. */
const LONGEST_LIFE_SECONDS = 3_155_760_000
const SORTS: readonly ListSort[] = ['createdAt', 'name', 'lastUsedAt', 'expiresAt', 'endsAt']
const STATUSES: readonly ListStatus[] = ['active', 'expired', 'revoked', 'unrevoked', 'all']

export interface PrincipalListInput {
  /** 1 to 100, default 20. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly cursor?: string
  /** Default both. */
  readonly kind?: Principal['kind']
}

export interface PrincipalQuery {
  readonly after: string | null
  readonly limit: number
  readonly kind: Principal['kind'] | null
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function principalQuery(input: PrincipalListInput): PrincipalQuery {
  const { limit = DEFAULT_PAGE, cursor, kind, ...unknown } = input
  refuseUnknownMembers(unknown)
  if (kind !== undefined && kind !== 'user' && kind !== 'service') {
    throw invalidInput('kind', "must be 'user' or 'service'")
  }
  return {
    kind: kind ?? null,
    after: cursor === undefined ? null : readPrincipalCursor(cursor),
    limit: validCount('limit', limit, 1, LARGEST_PAGE),
  }
}

/** @throws TokenError `ERR_PAT_INPUT_INVALID` naming the member */
export function listQuery(input: ListInput, life: LifeRules, now: Date): ListQuery {
  const { status = 'all', search, sort = 'createdAt', descending, limit = DEFAULT_PAGE, ...rest } = input
  const { cursor, offset, name, endsBefore, expiredUnder, shortenedUnder, ...unknown } = rest
  refuseUnknownMembers(unknown)
  if (!STATUSES.includes(status)) throw invalidInput('status', `must be one of ${STATUSES.join(', ')}`)
  if (!SORTS.includes(sort)) throw invalidInput('sort', `must be one of ${SORTS.join(', ')}`)
  if (cursor !== undefined && offset !== undefined) throw invalidInput('offset', 'cannot be combined with `cursor`')
  if (expiredUnder !== undefined && shortenedUnder !== undefined) {
    throw invalidInput('shortenedUnder', 'cannot be combined with `expiredUnder`')
  }
  const after = cursor === undefined ? null : readCursor(cursor, sort)
  return {
    status,
    sort,
    life,
    now,
    search: search === undefined ? null : validSearch('search', search),
    name: name === undefined ? null : validSearch('name', name),
    endsBefore: endsBefore === undefined ? null : validInstant('endsBefore', endsBefore),
    expiredUnder: expiredUnder === undefined ? null : trialRules(expiredUnder),
    shortenedUnder: shortenedUnder === undefined ? null : trialRules(shortenedUnder),
    descending: descending ?? sort === 'createdAt',
    limit: validCount('limit', limit, 1, LARGEST_PAGE),
    from: offset === undefined ? { after } : { offset: validCount('offset', offset, 0, LARGEST_OFFSET) },
  }
}

function trialRules(trial: PolicyTrial): LifeRules {
  const { maximumLifetimeSeconds, idleSeconds, lifetimeRequired = false, ...unknown } = { ...trial }
  refuseUnknownMembers(unknown)
  for (const [field, seconds] of Object.entries({ maximumLifetimeSeconds, idleSeconds })) {
    if (seconds !== undefined) validCount(field, seconds, 1, LONGEST_LIFE_SECONDS)
  }
  if (typeof lifetimeRequired !== 'boolean') throw invalidInput('lifetimeRequired', 'must be true or false')
  return lifeRules({ ...trial, lifetimeRequired })
}

function validSearch(field: string, search: string): string {
  if (isSearchable(search, LONGEST_NAME)) return search
  throw invalidInput(field, `must be a string of at most ${LONGEST_NAME} characters, without control characters`)
}

import { isShortened, lifeEnd, statusOf } from '../../lifecycle/lifetime.ts'
import { foldedText, searchText } from '../../listing/folded-text.ts'
import { sortValue } from '../../listing/list-cursor.ts'
import type { LifeRules, ListQuery, ListStatus, SortPlace, StoredPage, Token } from '../token-store.ts'
import { compareText } from './rows.ts'

/** The page that a query selects of tokens. */
export function pageOf(tokens: readonly Token[], query: ListQuery): StoredPage {
  const rows = tokens.filter((token) => matches(token, query))
  rows.sort((a, b) => compare(placeOf(a, query), placeOf(b, query)) * (query.descending ? -1 : 1))
  const start = startOf(rows, query)
  const end = start + query.limit
  return { items: rows.slice(start, end), more: end < rows.length, total: rows.length }
}

function matches(token: Token, query: ListQuery): boolean {
  const { status, search, name, endsBefore, expiredUnder, shortenedUnder, life, now } = query
  const end = endsBefore === null ? null : lifeEnd(token, life)
  if (endsBefore !== null && (end === null || end >= endsBefore)) return false
  if (!hasStatus(token, status, life, now)) return false
  if (expiredUnder !== null && statusOf({ ...token, revokedAt: null }, expiredUnder, now) !== 'expired') return false
  if (shortenedUnder !== null && !isShortened(token, shortenedUnder, life, now)) return false
  const holds = (folded: string, part: string | null) => part === null || folded.includes(foldedText(part))
  return holds(foldedText(token.name), name) && holds(searchText(token), search)
}

function hasStatus(token: Token, status: ListStatus, life: LifeRules, now: Date): boolean {
  if (status === 'all') return true
  return status === 'unrevoked' ? token.revokedAt === null : statusOf(token, life, now) === status
}

function startOf(rows: readonly Token[], query: ListQuery): number {
  if ('offset' in query.from) return query.from.offset
  const { after } = query.from
  if (after === null) return 0
  const isBehind = (row: Token) => (query.descending ? -1 : 1) * compare(placeOf(row, query), after) > 0
  const index = rows.findIndex(isBehind)
  return index < 0 ? rows.length : index
}

function placeOf(token: Token, { sort, life }: ListQuery): SortPlace {
  return { value: sortValue(token, sort, life), id: token.id }
}

function compare(a: SortPlace, b: SortPlace): number {
  const byValue = typeof a.value === 'string' ? compareText(a.value, String(b.value)) : a.value - Number(b.value)
  return byValue || compareText(a.id, b.id)
}

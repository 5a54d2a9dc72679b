import type { AuditEvent, Token } from '../api/models.ts'
import { isInRange } from '../create/address.ts'
import { DAY_MS, localDay } from '../format.ts'
import type { Column } from '../parts/chart.tsx'

/** How many events of a token are read to count them. */
export const MOST_EVENTS = 500
const CHART_DAYS = 30
export const WEEK_MS = 7 * DAY_MS

export type EventKind = 'allowed' | 'denied' | 'changed'

export function kindOf({ kind, outcome }: Pick<AuditEvent, 'kind' | 'outcome'>): EventKind {
  if (kind === 'change') return 'changed'
  return outcome === 'allowed' ? 'allowed' : 'denied'
}

/** One column for each of the last thirty days. */
export function dayColumns(events: readonly AuditEvent[], now: number, label: (day: Date) => string): Column[] {
  const days = Array.from({ length: CHART_DAYS }, (_, index) => {
    const day = new Date(now)
    day.setDate(day.getDate() - (CHART_DAYS - 1 - index))
    return { key: localDay(day), label: label(day), allowed: 0, denied: 0, changed: 0 }
  })
  const byKey = new Map(days.map((day) => [day.key, day]))
  for (const event of events) {
    const day = byKey.get(localDay(new Date(event.at)))
    if (day !== undefined) day[kindOf(event)] += event.count
  }
  return days
}

export interface WeekOfUses {
  readonly total: number
  /** Paths and addresses, the most frequent first. */
  readonly paths: readonly (readonly [string, number])[]
}

function lastWeek(events: readonly AuditEvent[], now: number): readonly AuditEvent[] {
  return events.filter((event) => kindOf(event) === 'allowed' && isLastWeek(event.at, now))
}

function isLastWeek(at: string, now: number): boolean {
  return now - new Date(at).getTime() < WEEK_MS
}

/** The requests of the last seven days that an address list would have refused, by their addresses. */
export function refusedUses(
  events: readonly AuditEvent[],
  ranges: readonly string[],
  now: number,
): ReadonlyMap<string, number> {
  return outside(lastWeek(events, now), ranges)
}

/** How many tokens were last used in the last seven days from an address that is not in a list, by these addresses. */
export function tokensOutside(
  tokens: readonly Pick<Token, 'last_used_at' | 'last_used_ip'>[],
  ranges: readonly string[],
  now: number,
): ReadonlyMap<string, number> {
  const recent = tokens.filter(({ last_used_at }) => last_used_at !== null && isLastWeek(last_used_at, now))
  return outside(
    recent.map(({ last_used_ip }) => ({ client_ip: last_used_ip, count: 1 })),
    ranges,
  )
}

/** The counts of addresses that are not in a list. An empty list has all. */
function outside(
  uses: readonly Pick<AuditEvent, 'client_ip' | 'count'>[],
  ranges: readonly string[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { client_ip, count } of ranges.length === 0 ? [] : uses) {
    if (client_ip === null || ranges.some((range) => isInRange(client_ip, range) !== false)) continue
    counts.set(client_ip, (counts.get(client_ip) ?? 0) + count)
  }
  return counts
}

/** The allowed requests of the last seven days: what stops when the token does. */
export function weekOfUses(events: readonly AuditEvent[], now: number): WeekOfUses {
  const recent = lastWeek(events, now)
  const counts = new Map<string, number>()
  for (const { request, count } of recent) {
    const path = `${request?.method ?? ''} ${request?.path ?? ''}`.trim()
    counts.set(path, (counts.get(path) ?? 0) + count)
  }
  return {
    total: recent.reduce((sum, { count }) => sum + count, 0),
    paths: [...counts].sort(([, a], [, b]) => b - a),
  }
}

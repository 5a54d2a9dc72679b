import type { AuditEvent } from '../api/models.ts'
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
  return events.filter((event) => kindOf(event) === 'allowed' && now - new Date(event.at).getTime() < WEEK_MS)
}

/** The requests of the last seven days that an address list would have refused, by their addresses. */
export function refusedUses(
  events: readonly AuditEvent[],
  ranges: readonly string[],
  now: number,
): ReadonlyMap<string, number> {
  const refused = new Map<string, number>()
  for (const { client_ip, count } of ranges.length === 0 ? [] : lastWeek(events, now)) {
    if (client_ip === null || ranges.some((range) => isInRange(client_ip, range) !== false)) continue
    refused.set(client_ip, (refused.get(client_ip) ?? 0) + count)
  }
  return refused
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

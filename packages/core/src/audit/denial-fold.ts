import { unref } from '../async.ts'
import type { UseEvent } from './event.ts'

/** Counts denials that no token can be named for, instead of keeping each: an attacker must not fill the log. */
export interface DenialFold {
  /** Takes a denial and hands on what earlier minutes have gathered. */
  add(event: UseEvent): void
  /** Hands on everything. */
  flush(): void
  /** Events that are not yet handed on. */
  readonly waiting: number
}

const MINUTE_MS = 60_000
/** Above it, sources are counted together. */
const MOST_GROUPS = 1_000

/** One event per reason, source and minute: the first one, with the count of all. */
export function createDenialFold(handOn: (event: UseEvent) => void): DenialFold {
  const groups = new Map<string, UseEvent>()
  let minute = Number.NaN
  let timer: ReturnType<typeof setTimeout> | null = null

  function flush(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    for (const event of groups.values()) handOn(event)
    groups.clear()
  }

  return {
    add(event) {
      const current = Math.floor(event.at.getTime() / MINUTE_MS)
      if (current !== minute) flush()
      minute = current
      timer ??= unref(setTimeout(flush, MINUTE_MS))
      const source = groups.size < MOST_GROUPS ? event.clientIp : null
      const key = JSON.stringify([event.kind, event.outcome, source])
      const first = groups.get(key) ?? { ...event, clientIp: source, count: 0 }
      groups.set(key, { ...first, count: first.count + 1 })
    },
    flush,
    get waiting() {
      return groups.size
    },
  }
}

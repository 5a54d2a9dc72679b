import { randomBytes } from 'node:crypto'

/** The next id and instant of an event. */
export interface Stamp {
  readonly id: string
  readonly at: Date
}

const COUNTERS: readonly string[] = Array.from({ length: 4096 }, (_, n) => n.toString(16).padStart(3, '0'))

/**
 * Makes event ids that sort by time: UUIDv7 with a 12-bit counter and the rest random per process (RFC 9562 §5.7,
 * §6.2 method 1). A counter that runs over, or a clock that steps back, counts on ahead of the clock. Events of one
 * millisecond share their `Date`. Draws its randomness at the first event, since building must not.
 *
 * @example
 * ```ts
 * import { createStamps } from '@patkit/core/adapter'
 *
 * const stamp = createStamps()
 * const { id, at } = stamp(Date.now())
 * console.log(id, at)
 * ```
 */
export function createStamps(): (now: number) => Stamp {
  let suffix: string | null = null
  let instant = Number.NaN
  let at = new Date(0)
  let counted = 0
  let millisecond = ''
  let counter = COUNTERS.length

  return (now) => {
    if (now !== instant) {
      instant = now
      at = new Date(now)
    }
    if (now > counted || counter === COUNTERS.length) {
      counted = Math.max(Math.floor(now), counted + 1)
      millisecond = timestampGroups(counted)
      counter = 0
    }
    suffix ??= randomGroups()
    return { id: `${millisecond}${COUNTERS[counter++]}${suffix}`, at }
  }
}

function timestampGroups(epochMs: number): string {
  const digits = epochMs.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7`
}

function randomGroups(): string {
  const bytes = randomBytes(8)
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x80
  const digits = bytes.toString('hex')
  return `-${digits.slice(0, 4)}-${digits.slice(4)}`
}

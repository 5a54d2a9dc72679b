import { usageError } from './cli-error.ts'
import { durationSeconds } from './duration.ts'

/** RFC 3339 §5.6 `date-time`. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3])(:[0-5]\d:[0-5]\d)(\.\d{1,9})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Reads an instant with its offset; `null` for what is none, such as the 30th of February. */
export function parseInstant(text: string): Date | null {
  const [, date, hour, rest, fraction = '', offset] = DATE_TIME.exec(text) ?? []
  if (date === undefined || offset === undefined || !isDay(date)) return null
  return new Date(`${date}T${hour}${rest}${fraction.slice(0, 4)}${offset.toUpperCase()}`)
}

/** @throws CliError naming the option */
export function requiredInstant(option: string, text: string): Date {
  const instant = parseInstant(text)
  if (instant === null) {
    throw usageError(option, 'must be an RFC 3339 date and time with an offset, such as 2030-01-31T12:00:00Z')
  }
  return instant
}

/**
 * An instant, or a duration that lies so far back.
 *
 * @throws CliError naming the option
 */
export function instantOrAgo(option: string, text: string, now: number): Date {
  const seconds = durationSeconds(text)
  if (seconds !== null) return new Date(Math.max(0, now - seconds * 1_000))
  const instant = parseInstant(text)
  if (instant === null) {
    throw usageError(option, 'must be an RFC 3339 date and time with an offset, or a duration ago, such as 24h')
  }
  return instant
}

/** In UTC and to the second, for people. */
export function instantText(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A calendar that is out of bounds rolls over, and reads differently then. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}

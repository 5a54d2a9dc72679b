import { parseInstant } from '@patkit/tokens'
import { usageError } from './cli-error.ts'
import { durationSeconds } from './duration.ts'

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

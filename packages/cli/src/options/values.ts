import { parseInstant } from '@patkit/tokens/store'
import { CliError, usageError } from '../errors.ts'

/** @throws CliError naming the option and what it can be */
export function choice<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const known = choices.find((each) => each === value)
  if (known !== undefined) return known
  throw usageError(option, `must be one of ${choices.join(', ')}`)
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const DURATION = /^(\d{1,9})([smhdw])$/

/**
 * Reads `90d`, `12h`, `30m`, `45s` or `2w`.
 *
 * @returns seconds, or `null` for a text that is not a duration
 */
export function durationSeconds(text: string): number | null {
  const [, amount, unit] = DURATION.exec(text) ?? []
  return amount === undefined || unit === undefined ? null : Number(amount) * (UNIT_SECONDS[unit] as number)
}

/** @throws CliError naming the option */
export function requiredDuration(option: string, text: string): number {
  const seconds = durationSeconds(text)
  if (seconds === null) throw usageError(option, 'must be a number and one of s, m, h, d and w, such as 90d')
  return seconds
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

/**
 * What cannot be undone is asked for twice: the error where `--yes` is missing.
 *
 * @param would what would happen, with its extent
 */
export function unconfirmed(would: string): CliError {
  return new CliError('ERR_PAT_CONFIRMATION_MISSING', `this would ${would}; add --yes to do it`, '--yes')
}

export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

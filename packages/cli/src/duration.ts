import { usageError } from './cli-error.ts'

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const DURATION = /^(\d{1,9})([smhdw])$/

/**
 * Reads `90d`, `12h`, `30m`, `45s` or `2w`.
 *
 * @returns seconds, or `null` for what is no duration
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

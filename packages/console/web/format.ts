const SECOND_MS = 1_000
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', SECOND_MS],
]

export const DAY_MS = 86_400_000

/** "in 3 days", "4 minutes ago". */
export function relativeTime(instant: Date, now: number, language: string): string {
  const difference = instant.getTime() - now
  const [unit, size] = UNITS.find(([, milliseconds]) => Math.abs(difference) >= milliseconds) ?? ['second', SECOND_MS]
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.trunc(difference / size), unit)
}

/** In the zone of the viewer, with its name. */
export function exactTime(instant: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(instant)
}

export function dayText(instant: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(instant)
}

export function numberText(number: number, language: string): string {
  return new Intl.NumberFormat(language).format(number)
}

/** Whole days, else hours, minutes or seconds. */
export function durationText(seconds: number, language: string): string {
  const [unit, size] = (
    [
      ['day', 86_400],
      ['hour', 3_600],
      ['minute', 60],
    ] as const
  ).find(([, length]) => seconds >= length && seconds % length === 0) ?? ['second', 1]
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size)
}

/** The day of an instant in the zone of the viewer, as `2030-01-31`. */
export function localDay(instant: Date): string {
  const parts = [instant.getFullYear(), instant.getMonth() + 1, instant.getDate()]
  return parts.map((part) => String(part).padStart(2, '0')).join('-')
}

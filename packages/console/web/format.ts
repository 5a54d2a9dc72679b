const SECOND_MS = 1_000
/** Units, their lengths, and the least number that is said in them: "in 30 days" says more than "in 1 month". */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number, number])[] = [
  ['year', 31_557_600_000, 2],
  ['month', 2_629_800_000, 3],
  ['day', 86_400_000, 1],
  ['hour', 3_600_000, 1],
  ['minute', 60_000, 1],
  ['second', SECOND_MS, 0],
]

export const DAY_MS = 86_400_000
export const DAY_SECONDS = 86_400

/** "in 3 days", "4 minutes ago". */
export function relativeTime(instant: Date, now: number, language: string): string {
  const difference = instant.getTime() - now
  const [unit, size] = UNITS.find(([, length, least]) => Math.round(Math.abs(difference) / length) >= least) ?? [
    'second' as const,
    SECOND_MS,
  ]
  return new Intl.RelativeTimeFormat(language).format(Math.round(difference / size), unit)
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

/** How the dates of a layout may be written, beside RFC 3339 with an offset. */
export interface DateRules {
  /** Whether dates without an offset are UTC. */
  readonly assumeUtc: boolean
  /** Whether numbers are seconds or milliseconds since 1970. */
  readonly epoch: boolean
}

export type DateReading = { readonly date: Date } | { readonly problem: string }

/** RFC 3339 §5.6, with a space for the `T` and PostgreSQL's offsets of whole hours. */
const DATE_TIME =
  /^(?<day>\d{4}-\d\d-\d\d)[Tt ](?<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(?<fraction>\d{1,9}))?(?<offset>[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/
const DIGITS = /^\d{1,15}$/
/** 1973 in seconds. A smaller number is another kind of date, such as 20260131. */
const LEAST_SECONDS = 100_000_000
/** 1973 in milliseconds, and the year 5138 in seconds. */
const LEAST_MS = 100_000_000_000
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** Reads a date as a database or its tools write it. Refuses ambiguous and invalid dates. */
export function readDate(value: string | number, rules: DateRules): DateReading {
  if (DIGITS.test(String(value))) return rules.epoch ? ofEpoch(Number(value)) : NO_DATE
  const { day, time, fraction = '', offset } = DATE_TIME.exec(String(value))?.groups ?? {}
  if (day === undefined || time === undefined) return NO_DATE
  const local = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  // The 30th of February is read as the 2nd of March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(day)) {
    return { problem: 'names a day that the calendar does not have' }
  }
  if (offset === undefined && !rules.assumeUtc) {
    return { problem: 'has no offset from UTC, and could be any of 24 hours' }
  }
  return { date: new Date(local - offsetMs(offset)) }
}

const NO_DATE: DateReading = { problem: 'must be a date such as 2026-01-31T12:00:00Z' }

function ofEpoch(value: number): DateReading {
  if (value === 0) return { date: new Date(0) }
  if (value < LEAST_SECONDS) return { problem: 'must be a date, or a number of seconds or milliseconds since 1970' }
  return { date: new Date(value < LEAST_MS ? value * SECOND_MS : value) }
}

function offsetMs(offset = 'Z'): number {
  if (offset.toUpperCase() === 'Z') return 0
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', ''))]
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS
}

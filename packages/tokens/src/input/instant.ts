/** RFC 3339 §5.6 `date-time`. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3])(:[0-5]\d:[0-5]\d)(\.\d{1,9})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Reads an instant with its offset; `null` for an invalid one, such as the 30th of February. */
export function parseInstant(text: string): Date | null {
  const [, date, hour, rest, fraction = '', offset] = DATE_TIME.exec(text) ?? []
  if (date === undefined || offset === undefined || !isDay(date)) return null
  return new Date(`${date}T${hour}${rest}${fraction.slice(0, 4)}${offset.toUpperCase()}`)
}

/** A calendar that is out of bounds rolls over, and reads differently then. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}

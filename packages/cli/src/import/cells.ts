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

/** How a system writes its digests down. */
export type DigestEncoding = 'hex' | 'base64' | 'base64url'

const SHAPES: Readonly<Record<DigestEncoding, RegExp>> = {
  hex: /^[0-9A-Fa-f]{64}$/,
  base64: /^[A-Za-z0-9+/]{43}=?$/,
  base64url: /^[A-Za-z0-9_-]{43}=?$/,
}
const SHA512 = /^(?:[0-9A-Fa-f]{128}|[A-Za-z0-9+/_-]{86}(?:==)?)$/
const PASSWORD_HASH = /^(?:\$[0-9a-z-]+\$|pbkdf2|scrypt)/i

/** A SHA-256 digest in lower-case hex, or the reason why the value is invalid. */
export type DigestReading = { readonly digest: string } | { readonly problem: string }

/**
 * Reads a digest by its length and alphabet. A random token of exactly 32 bytes looks like one, and nothing can tell
 * the two apart; anything else is refused.
 */
export function readDigest(text: string, encodings: readonly DigestEncoding[]): DigestReading {
  const encoding = encodings.find((candidate) => SHAPES[candidate].test(text))
  if (encoding === 'hex') return { digest: text.toLowerCase() }
  const bytes = encoding === undefined ? null : Buffer.from(text, encoding)
  // Unused bits that are set are no digest's: another text would then be the same one.
  if (bytes !== null && encoding !== undefined && isExact(bytes, text, encoding))
    return { digest: bytes.toString('hex') }
  return { problem: problemOf(text, encodings) }
}

function isExact(bytes: Buffer, text: string, encoding: DigestEncoding): boolean {
  return bytes.toString(encoding).replace('=', '') === text.replace('=', '')
}

function problemOf(text: string, encodings: readonly DigestEncoding[]): string {
  if (SHA512.test(text)) return 'is a SHA-512 digest, and tokens are looked up by SHA-256'
  if (PASSWORD_HASH.test(text)) return 'is a password hash: a token cannot be looked up by one'
  return `is not a SHA-256 digest in ${encodings.join(' or ')}: tokens themselves are not imported, only their digests`
}

/** The entries of a cell, or the fault in it. */
export type TextList = readonly string[] | { readonly problem: string }

const FORMS = 'a JSON array, an array of PostgreSQL, or entries with spaces or commas between them'

/**
 * The texts in a cell, as databases and their tools write lists: a JSON array, an array literal of PostgreSQL
 * (`{a,"b c"}`), or entries with spaces or commas between them.
 */
export function textList(cell: string): TextList {
  const text = cell.trim()
  if (text.startsWith('[')) return jsonArray(text)
  if (text.startsWith('{')) return postgresArray(text)
  return text.includes(',') ? commaSeparated(text) : text.split(' ').filter(Boolean)
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function jsonArray(text: string): TextList {
  try {
    const value: unknown = JSON.parse(text)
    return isTexts(value) ? value : { problem: 'must be an array of texts' }
  } catch {
    return { problem: `is no JSON array: texts need quotes. A list is ${FORMS}` }
  }
}

function commaSeparated(text: string): TextList {
  const entries = text.split(',').map((entry) => entry.trim())
  const isClear = entries.every((entry) => entry !== '' && !entry.includes(' '))
  return isClear ? entries : { problem: `mixes commas and spaces, or has an empty entry. A list is ${FORMS}` }
}

/** One element and what ends it, white space around it aside (PostgreSQL, "Array Input and Output Syntax"). */
const ELEMENT = /\s*(?:"((?:[^"\\]|\\.)*)"\s*|((?:[^\s",\\{}]|\\.)(?:[^",\\{}]|\\.)*))([,}])/suy

function postgresArray(text: string): TextList {
  if (/^\{\s*\}$/.test(text)) return []
  const entries: string[] = []
  ELEMENT.lastIndex = 1
  for (;;) {
    const at = ELEMENT.lastIndex
    const found = ELEMENT.exec(text)
    if (found === null) return { problem: arrayProblem(text.slice(at)) }
    const [, quoted, bare = '', end] = found
    if (quoted === undefined && bare.trimEnd().toUpperCase() === 'NULL') return { problem: 'has a NULL in its array' }
    entries.push((quoted ?? bare.trimEnd()).replace(/\\(.)/gsu, '$1'))
    if (end === '}') {
      return ELEMENT.lastIndex === text.length ? entries : { problem: `has text behind its array. A list is ${FORMS}` }
    }
  }
}

function arrayProblem(rest: string): string {
  if (/^\s*\{/.test(rest)) return 'has an array in its array'
  return `begins like an array of PostgreSQL and is not a valid one. A list is ${FORMS}`
}

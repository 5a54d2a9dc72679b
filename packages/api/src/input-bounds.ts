import { type ApiProblem, type FieldFault, invalid, type RequestPart } from './problem.ts'

/** In characters: what a request line of Node can hold. */
const LONGEST_QUERY = 16 * 1024
/** Parameters of a query or a form, and members of a JSON object. */
const MOST_MEMBERS = 100
/** Entries of a JSON array. Schemas say which of them allow fewer. */
const MOST_ENTRIES = 1_000
const DEEPEST = 16
/** In characters, of a name that an answer repeats. */
const LONGEST_FIELD = 128
/** Limits the number of faults in one answer. */
const MOST_FAULTS = 20

/**
 * The parameters of a query or form by name, counted before anything else is done with them.
 *
 * @throws ApiProblem 400 for too many, and for one that is there twice: one of them would be overlooked (ASVS 15.3.7,
 * RFC 6749 §3.2)
 */
export function parametersOf(text: string, part: RequestPart): Readonly<Record<string, string>> {
  const given = new Map<string, string>()
  const repeated = new Set<string>()
  for (const [name, value] of boundedParameters(text, part)) {
    if (given.has(name)) repeated.add(name)
    given.set(name, value)
  }
  if (repeated.size > 0)
    throw fieldFaults([...repeated].map((field) => ({ field, message: 'must be given once', part })))
  return Object.fromEntries(given)
}

/** @throws ApiProblem 400 for a query that is too long, or has too many parameters */
export function boundedParameters(text: string, part: RequestPart): URLSearchParams {
  if (part === 'query' && text.length > LONGEST_QUERY) {
    throw invalid([{ field: part, message: `must have at most ${LONGEST_QUERY} characters`, part }])
  }
  const separators = countUpTo(text, '&', MOST_MEMBERS)
  if (separators >= MOST_MEMBERS) {
    throw invalid([{ field: part, message: `must have at most ${MOST_MEMBERS} parameters`, part }])
  }
  return new URLSearchParams(text)
}

/**
 * Counts a JSON value before schemas look at it: they look at every entry first, and then at how many there are.
 *
 * @throws ApiProblem 400 naming the array or object
 */
export function requireBoundedJson(value: unknown, field = '', depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  const isArray = Array.isArray(value)
  const most = isArray ? MOST_ENTRIES : MOST_MEMBERS
  const keys = isArray ? value : Object.keys(value)
  if (keys.length > most) throw outOfBounds(field, `must have at most ${most} ${isArray ? 'entries' : 'fields'}`)
  if (depth >= DEEPEST) throw outOfBounds(field, `must not be nested more than ${DEEPEST} levels deep`)
  for (const [name, member] of Object.entries(value)) {
    requireBoundedJson(member, field === '' ? fieldName(name) : `${field}/${fieldName(name)}`, depth + 1)
  }
}

/** RFC 6901 §3: a name that holds a slash stays one name. */
export function fieldName(name: PropertyKey): string {
  return String(name).slice(0, LONGEST_FIELD).replaceAll('~', '~0').replaceAll('/', '~1')
}

/** 400, naming the first fields that are to blame. */
export function fieldFaults(faults: readonly FieldFault[]): ApiProblem {
  return invalid(faults.slice(0, MOST_FAULTS))
}

function outOfBounds(field: string, message: string): ApiProblem {
  return invalid([{ field: field || 'body', message }])
}

function countUpTo(text: string, character: string, most: number): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0 && count < most; at = text.indexOf(character, at + 1)) count++
  return count
}

import type { z } from 'zod'
import { type FieldFault, invalid, type RequestPart } from './problem.ts'

/** @throws ApiProblem 400 naming every member that is to blame */
export function checked<T extends z.ZodType>(schema: T, value: unknown, part: RequestPart): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues.flatMap((issue) => faultsOf(issue, part)))
}

/**
 * The query of a request.
 *
 * @throws ApiProblem 400 for a parameter that is there twice
 */
export function queryOf(request: Request): Readonly<Record<string, string>> {
  return givenOnce(new URL(request.url).searchParams, 'query')
}

/**
 * Parameters by name.
 *
 * @throws ApiProblem 400 for one that is there twice: one of them would be overlooked (ASVS 15.3.7, RFC 6749 §3.2)
 */
export function givenOnce(parameters: URLSearchParams, part: RequestPart): Readonly<Record<string, string>> {
  const names = [...parameters.keys()]
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  if (twice.length > 0)
    throw invalid([...new Set(twice)].map((field) => ({ field, message: 'must be given once', part })))
  return Object.fromEntries(parameters)
}

function faultsOf(issue: z.core.$ZodIssue, part: RequestPart): FieldFault[] {
  const path = issue.path.map(escaped)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, escaped(key)].join('/'), message: 'is not a member', part }))
  }
  const message = issue.code === 'custom' ? issue.message : plain(issue)
  return [{ field: path.join('/') || part, message, part }]
}

/** RFC 6901 §3: a name that holds a slash stays one name. */
function escaped(name: PropertyKey): string {
  return String(name).replaceAll('~', '~0').replaceAll('/', '~1')
}

function plain(issue: z.core.$ZodIssue): string {
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (big|small): /, '')
}

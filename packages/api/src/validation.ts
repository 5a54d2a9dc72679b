import type { z } from 'zod'
import { type FieldFault, invalid } from './problem.ts'

/** @throws ApiProblem 400 naming every member that is to blame */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues.flatMap(faultsOf))
}

/**
 * The query of a request.
 *
 * @throws ApiProblem 400 for a parameter that is there twice
 */
export function queryOf(request: Request): Readonly<Record<string, string>> {
  return givenOnce(new URL(request.url).searchParams)
}

/**
 * Parameters by name.
 *
 * @throws ApiProblem 400 for one that is there twice: one of them would be overlooked (ASVS 15.3.7, RFC 6749 §3.2)
 */
export function givenOnce(parameters: URLSearchParams): Readonly<Record<string, string>> {
  const names = [...parameters.keys()]
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  if (twice.length > 0) throw invalid([...new Set(twice)].map((field) => ({ field, message: 'must be given once' })))
  return Object.fromEntries(parameters)
}

function faultsOf(issue: z.core.$ZodIssue): FieldFault[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('/'), message: 'is not a member' }))
  }
  return [{ field: path.join('/') || 'body', message: issue.code === 'custom' ? issue.message : plain(issue) }]
}

function plain(issue: z.core.$ZodIssue): string {
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (big|small): /, '')
}

import type { z } from 'zod'
import { fieldFaults, fieldName, parametersOf } from './input-bounds.ts'
import type { FieldFault, RequestPart } from './problem.ts'

/** @throws ApiProblem 400 naming every member that is to blame */
export function checked<T extends z.ZodType>(schema: T, value: unknown, part: RequestPart): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw fieldFaults(result.error.issues.flatMap((issue) => faultsOf(issue, part)))
}

/**
 * The query of a request.
 *
 * @throws ApiProblem 400 for one that is too long, and for a parameter that is there twice
 */
export function queryOf(request: Request): Readonly<Record<string, string>> {
  return parametersOf(new URL(request.url).search.slice(1), 'query')
}

function faultsOf(issue: z.core.$ZodIssue, part: RequestPart): FieldFault[] {
  const path = issue.path.map(fieldName)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...path, fieldName(key)].join('/'),
      message: 'is not a known field',
      part,
    }))
  }
  const message = issue.code === 'custom' ? issue.message : plain(issue)
  return [{ field: path.join('/') || part, message, part }]
}

function plain(issue: z.core.$ZodIssue): string {
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (big|small): /, '')
}

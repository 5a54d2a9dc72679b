import type { Challenge } from '@patkit/core/adapter'
import { TokenError, type TokenErrorCode } from '@patkit/tokens'

export type RequestPart = 'path' | 'query' | 'body'

/** An error in one member of a request. */
export interface FieldFault {
  /** Its path: `name`, `scopes/1`, `limit`. */
  readonly field: string
  readonly message: string
  /** Where the member is. Default `body`. */
  readonly part?: RequestPart
}

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 503

/**
 * Why a request was not done. Nothing has been written then.
 *
 * @example
 * ```ts
 * import { ApiProblem } from '@patkit/api'
 *
 * function requirePlan(plan: string) {
 *   if (plan === 'free') throw new ApiProblem(403, 'forbidden', 'Tokens need a paid plan')
 * }
 * ```
 */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: ProblemStatus
  /** For machines: closed, `snake_case`. */
  readonly code: string
  readonly errors: readonly FieldFault[]
  readonly headers: readonly (readonly [name: string, value: string])[]

  constructor(
    status: ProblemStatus,
    code: string,
    detail: string,
    more: {
      readonly errors?: readonly FieldFault[]
      readonly headers?: readonly (readonly [string, string])[]
      readonly cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.status = status
    this.code = code
    this.errors = more.errors ?? []
    this.headers = more.headers ?? []
  }
}

/** Every refusal of the token service, as an answer. */
const REFUSALS = {
  ERR_PAT_INPUT_INVALID: [400, 'invalid_input'],
  ERR_PAT_TOKEN_NOT_FOUND: [404, 'not_found'],
  ERR_PAT_TOKEN_NOT_ACTIVE: [409, 'token_not_active'],
  ERR_PAT_TOKEN_ACTIVE: [409, 'token_active'],
  ERR_PAT_TOKEN_LIMIT: [409, 'token_limit'],
  ERR_PAT_TOKEN_CONFLICT: [409, 'conflict'],
  ERR_PAT_SCOPE_NOT_HELD: [403, 'scope_not_held'],
  ERR_PAT_SCOPE_COVERED: [409, 'scope_covered'],
  ERR_PAT_PRINCIPAL_NOT_FOUND: [404, 'not_found'],
  ERR_PAT_PRINCIPAL_DISABLED: [409, 'principal_disabled'],
  ERR_PAT_USER_NOT_FOUND: [400, 'user_not_found'],
  ERR_PAT_IDEMPOTENCY_MISMATCH: [409, 'idempotency_mismatch'],
  ERR_PAT_IDEMPOTENCY_ENDED: [409, 'idempotency_ended'],
  ERR_PAT_SECRET_SUPERSEDED: [409, 'superseded'],
  ERR_PAT_SECRET_ENDED: [401, 'invalid_token'],
} as const satisfies Record<TokenErrorCode, readonly [ProblemStatus, string]>

/**
 * Problems as they are, refusals of verbs by the table, and everything else as an outage.
 *
 * @param fieldNames what the members of the token service are called in this API
 */
export function problemOf(error: unknown, fieldNames: Readonly<Record<string, string>>): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (!(error instanceof TokenError)) return outage(error)
  const [status, code] = REFUSALS[error.code]
  if (error.field === null) return new ApiProblem(status, code, error.message, { cause: error })
  const [member = '', ...rest] = error.field.split('/')
  const field = [fieldNames[member] ?? member, ...rest].join('/')
  const message = messageOf(error, error.field)
  const detail = message === error.message ? message : `${field} ${message}`
  return new ApiProblem(status, code, detail, { errors: [{ field, message }], cause: error })
}

export function outage(cause: unknown): ApiProblem {
  const headers = [['Retry-After', '1']] as const
  return new ApiProblem(503, 'unavailable', 'The service is unavailable', { headers, cause })
}

export function invalid(errors: readonly FieldFault[]): ApiProblem {
  const [first] = errors
  const detail = first === undefined ? 'The request is not valid' : `${first.field} ${first.message}`
  return new ApiProblem(400, 'invalid_input', detail, { errors })
}

export function notFound(): ApiProblem {
  return new ApiProblem(404, 'not_found', 'Not found')
}

export function forbidden(): ApiProblem {
  return new ApiProblem(403, 'forbidden', 'The caller may not do this')
}

/**
 * A denial of the verifier's, with its own status, headers and words.
 *
 * @example
 * ```ts
 * import { challengeProblem } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 *
 * const verifier = createVerifier({ format: tokenFormat({ prefix: 'acme_pat' }), resolve: () => null })
 * function refuse(denied: Parameters<typeof verifier.challenge>[0]): never {
 *   throw challengeProblem(verifier.challenge(denied, null))
 * }
 * ```
 */
export function challengeProblem({ status, headers, body }: Challenge): ApiProblem {
  const { code, detail }: { readonly code: string; readonly detail: string } = JSON.parse(body)
  const kept = headers.filter(([name]) => name !== 'Content-Type' && name !== 'Cache-Control')
  return new ApiProblem(status, code, detail, { headers: kept })
}

/** What a refusal says of its field begins with the field. */
function messageOf({ message }: TokenError, field: string): string {
  return message.startsWith(`${field} `) ? message.slice(field.length + 1) : message
}

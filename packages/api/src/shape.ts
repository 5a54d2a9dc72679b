import { z } from '@hono/zod-openapi'
import { STATUS_TITLES } from '@patkit/core/adapter'
import type { ApiProblem } from './problem.ts'
import type { Route } from './route.ts'

/** How an API looks: its table of routes, its media types and the form of its problems. The operations are the same. */
export interface ApiShape {
  /** For the OpenAPI document. */
  readonly title: string
  readonly version: string
  readonly routes: readonly Route[]
  /** Of requests and answers. */
  readonly mediaType: string
  readonly problemMediaType: string
  /** What the members of the token service are called here, for problems that name one: `{ userId: 'user_id' }`. */
  readonly fieldNames: Readonly<Record<string, string>>
  /** What a problem looks like. */
  readonly problem: (problem: ApiProblem, requestId: string | null) => object
  /** The same for the OpenAPI document. */
  readonly problemSchema: z.ZodType
}

/**
 * RFC 9457 problem details, with `code`, `errors` for each member that is to blame, and the request's id.
 *
 * @example
 * ```ts
 * import { ApiProblem, problemDetails } from '@patkit/api'
 *
 * problemDetails(new ApiProblem(404, 'not_found', 'Not found'), null) // { type: 'about:blank', status: 404, … }
 * ```
 */
export function problemDetails({ status, code, message, errors }: ApiProblem, requestId: string | null): object {
  return {
    type: 'about:blank',
    title: STATUS_TITLES[status],
    status,
    code,
    detail: message,
    ...(errors.length > 0 && { errors: errors.map(({ field, message }) => ({ field, message })) }),
    ...(requestId !== null && { request_id: requestId }),
  }
}

const problemDetailsSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    request_id: z.string().optional(),
  })
  .openapi('Problem')

/** JSON, and RFC 9457 problem details. */
export const JSON_SHAPE: Pick<ApiShape, 'mediaType' | 'problemMediaType' | 'problem' | 'problemSchema' | 'fieldNames'> =
  {
    fieldNames: {
      clientIp: 'client_ip',
      disabledAt: 'disabled_at',
      expiry: 'expires_at',
      endsBefore: 'ends_before',
      idempotencyKey: 'Idempotency-Key',
      ipAllowlist: 'ip_allowlist',
      overlapSeconds: 'overlap_seconds',
      principalId: 'principal_id',
      requestId: 'request_id',
      tokenId: 'token_id',
      userId: 'user_id',
    },
    mediaType: 'application/json',
    problemMediaType: 'application/problem+json',
    problem: problemDetails,
    problemSchema: problemDetailsSchema,
  }

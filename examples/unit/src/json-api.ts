import { type ApiProblem, type ApiShape, type FieldFault, z } from '@patkit/api'
import { STATUS_TITLES } from '@patkit/core/adapter'

/** JSON:API 1.1 §5. */
export const MEDIA_TYPE = 'application/vnd.api+json'

/** Members that hold several things in one text: a pointer ends at them. */
const LISTS = /^(data\/attributes\/(?:scope|sourceIp))\/\d+$/

const errorsSchema = z
  .object({
    errors: z.array(
      z.object({
        status: z.string(),
        code: z.string(),
        title: z.string(),
        detail: z.string(),
        source: z.object({ pointer: z.string().optional(), parameter: z.string().optional() }).optional(),
        meta: z.object({ supportId: z.string() }).optional(),
      }),
    ),
  })
  .openapi('Errors')

export const JSON_API: Pick<ApiShape, 'mediaType' | 'problemMediaType' | 'problem' | 'problemSchema'> = {
  mediaType: MEDIA_TYPE,
  problemMediaType: MEDIA_TYPE,
  problem: errorDocument,
  problemSchema: errorsSchema,
}

/** An error for each member that is to blame, or one. */
export function errorDocument({ status, code, message, errors }: ApiProblem, requestId: string | null): object {
  const shared = {
    status: String(status),
    code,
    title: STATUS_TITLES[status],
    ...(requestId !== null && { meta: { supportId: requestId } }),
  }
  if (errors.length === 0) return { errors: [{ ...shared, detail: message }] }
  return { errors: errors.map((fault) => ({ ...shared, detail: detailOf(fault), source: sourceOf(fault) })) }
}

function detailOf({ field, message }: FieldFault): string {
  return `${field.replace(LISTS, '$1').split('/').at(-1)}: ${message}`
}

/** JSON:API 1.1 §11.2: a JSON Pointer (RFC 6901) into the document, whose whole is the empty one, or a parameter's name. */
function sourceOf({ field, part = 'body' }: FieldFault): object {
  if (part === 'query') return { parameter: field }
  return { pointer: field === 'body' ? '' : `/${field.replace(LISTS, '$1')}` }
}

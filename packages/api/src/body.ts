import type { z } from 'zod'
import { NOTHING } from './fields.ts'
import { parametersOf, requireBoundedJson } from './input-bounds.ts'
import { ApiProblem, invalid } from './problem.ts'
import type { Route } from './route.ts'
import { JSON_SHAPE } from './shape.ts'
import { checked } from './validation.ts'

export const FORM = 'application/x-www-form-urlencoded'
const MERGE_PATCH = 'application/merge-patch+json'

const LARGEST_BODY = 64 * 1024
/** In characters, parameters included. */
const LONGEST_TYPE = 256

/**
 * A request's body as its route has it: `{}` for JSON that is not there. A route without a body takes no members either:
 * one that is overlooked may be what the client meant to limit the request to.
 *
 * @throws ApiProblem 415 for another media type or a content coding, 413 past 64 KiB, 400 for what cannot be read
 */
export async function routeBody(route: Route, request: Request, mediaType: string): Promise<unknown> {
  const { body, bodyKind } = route
  const types = bodyTypes(route, mediaType)
  if (bodyKind === 'form') return parametersOf(await formText(request, types), 'body')
  const json = await jsonBody(request, types)
  if (body === null) checked(NOTHING, json ?? {}, 'body')
  return json
}

/**
 * The JSON body of a request to a handler beside the API, read under the rules of the API. An empty body is `{}`.
 *
 * @example
 * ```ts
 * import { checkedBody, z } from '@patkit/api'
 *
 * async function nameOf(request: Request) {
 *   return (await checkedBody(request, z.strictObject({ name: z.string() }))).name
 * }
 * ```
 *
 * @throws ApiProblem 415 for another media type or a content coding, 413 past 64 KiB, 400 for invalid JSON, and for
 * members that the schema refuses
 */
export async function checkedBody<T extends z.ZodType>(request: Request, schema: T): Promise<z.output<T>> {
  return checked(schema, await jsonBody(request, [JSON_SHAPE.mediaType]), 'body')
}

/**
 * The media types that a route's body may have.
 */
export function bodyTypes({ bodyKind }: Route, mediaType: string): readonly string[] {
  if (bodyKind === 'form') return [FORM]
  return bodyKind === 'merge-patch' ? [mediaType, MERGE_PATCH] : [mediaType]
}

/**
 * The JSON of a request's body; `{}` for an empty body.
 *
 * @throws ApiProblem 415 for another media type or a content coding, 413 past 64 KiB, 400 for invalid JSON, or one with
 * too many entries
 */
async function jsonBody(request: Request, types: readonly string[]): Promise<unknown> {
  const text = await bodyText(request)
  if (text === '') return {}
  requireMediaType(request, types)
  const json = parsedJson(text)
  requireBoundedJson(json)
  return json
}

/** The text of a form body, as RFC 7662 and RFC 7009 have it. */
async function formText(request: Request, types: readonly string[]): Promise<string> {
  requireMediaType(request, types)
  return bodyText(request)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid([{ field: 'body', message: 'must be JSON' }])
  }
}

/** A browser sends JSON to another origin only after a preflight: forms cannot do it (ASVS 3.5.2). */
function requireMediaType(request: Request, types: readonly string[]): void {
  const contentType = request.headers.get('content-type') ?? ''
  const [type, ...parameters] = contentType
    .slice(0, LONGEST_TYPE + 1)
    .toLowerCase()
    .split(';')
  const isUtf8 = parameters.every((parameter) => /^\s*charset="?utf-8"?\s*$/.test(parameter))
  if (contentType.length <= LONGEST_TYPE && types.includes((type as string).trim()) && isUtf8) return
  // RFC 5789 §2.2.
  const headers = request.method === 'PATCH' ? [['Accept-Patch', types.join(', ')] as const] : []
  throw new ApiProblem(415, 'unsupported_media_type', `The body must be ${types.join(' or ')}`, { headers })
}

/** RFC 9110 §15.5.16: an encoded body is refused, even if an earlier parser has decoded it. */
function requireNoCoding({ headers }: Request): void {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() || 'identity'
  if (coding === 'identity') return
  const accepted = [['Accept-Encoding', 'identity']] as const
  throw new ApiProblem(415, 'unsupported_media_type', 'The body must not be encoded', { headers: accepted })
}

async function bodyText(request: Request): Promise<string> {
  if (request.body === null) return ''
  requireNoCoding(request)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  let text = ''
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength
      if (size > LARGEST_BODY) break
      text += decoder.decode(chunk, { stream: true })
    }
    text += decoder.decode()
  } catch {
    throw invalid([{ field: 'body', message: 'must be UTF-8' }])
  }
  if (size > LARGEST_BODY) throw new ApiProblem(413, 'too_large', 'The body must not have more than 64 KiB')
  return text
}

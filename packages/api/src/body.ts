import { ApiProblem, invalid } from './problem.ts'
import type { Route } from './route.ts'
import { givenOnce } from './validation.ts'

export const FORM = 'application/x-www-form-urlencoded'

const LARGEST_BODY = 64 * 1024

/** A request's body as its route has it: `{}` for JSON that is not there, and `undefined` where none is read. */
export async function routeBody({ body, bodyKind }: Route, request: Request, mediaType: string): Promise<unknown> {
  if (body === null) return undefined
  if (bodyKind === 'form') return givenOnce(await formBody(request), 'body')
  const json = await jsonBody(request, mediaType)
  return json === undefined ? {} : json
}

/**
 * The JSON of a request's body; `undefined` where there is none.
 *
 * @throws ApiProblem 415 for another media type, 413 past 64 KiB, 400 for what is no JSON
 */
export async function jsonBody(request: Request, mediaType: string): Promise<unknown> {
  const text = await bodyText(request)
  if (text === '') return undefined
  requireMediaType(request, mediaType)
  try {
    return JSON.parse(text)
  } catch {
    throw invalid([{ field: 'body', message: 'must be JSON' }])
  }
}

/** The parameters of a form body, as RFC 7662 and RFC 7009 have it. */
export async function formBody(request: Request): Promise<URLSearchParams> {
  requireMediaType(request, FORM)
  return new URLSearchParams(await bodyText(request))
}

/** A browser sends JSON to another origin only after a preflight: forms cannot do it (ASVS 3.5.2). */
function requireMediaType(request: Request, mediaType: string): void {
  const [type, ...parameters] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
  const isUtf8 = parameters.every((parameter) => /^\s*charset="?utf-8"?\s*$/.test(parameter))
  if (type?.trim() === mediaType && isUtf8) return
  throw new ApiProblem(415, 'unsupported_media_type', `The body must be ${mediaType}`)
}

async function bodyText(request: Request): Promise<string> {
  if (request.body === null) return ''
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

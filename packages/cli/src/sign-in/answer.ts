import { ApiProblem, problemDetails } from '@patkit/api'

const SECURITY: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
}

/** An answer that no cache keeps and no frame shows. */
export function answer(
  status: number,
  mediaType: string | null,
  body: string | null,
  more: readonly (readonly [name: string, value: string])[] = [],
): Response {
  const headers = new Headers(SECURITY)
  if (mediaType !== null) headers.set('Content-Type', mediaType)
  for (const [name, value] of more) headers.append(name, value)
  return new Response(body, { status, headers })
}

export function json(value: unknown, more: readonly (readonly [string, string])[] = []): Response {
  return answer(200, 'application/json', JSON.stringify(value), more)
}

/** RFC 9457 problem details. */
export function problem(error: ApiProblem): Response {
  return answer(error.status, 'application/problem+json', JSON.stringify(problemDetails(error, null)), error.headers)
}

/** 303: the next request is a GET (RFC 9110 §15.4.4). */
export function redirect(location: string, more: readonly (readonly [string, string])[] = []): Response {
  return answer(303, null, null, [['Location', location], ...more])
}

export function unavailable(cause: unknown): ApiProblem {
  return new ApiProblem(503, 'unavailable', 'The service is unavailable', { headers: [['Retry-After', '1']], cause })
}

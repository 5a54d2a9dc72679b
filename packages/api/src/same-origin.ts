import { ApiProblem } from './problem.ts'

const CROSS_ORIGIN =
  'A session may change something only from pages of the API\'s own origin, or of an origin in the option "origins" of ' +
  'createApi. CORS headers come from the host application, not from "origins"'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/**
 * Whether a request presents a Bearer token, which no browser adds by itself. It does add Basic, Digest and Negotiate,
 * so these do not show that a program wrote the request.
 *
 * @example
 * ```ts
 * import { hasBearerToken } from '@patkit/api'
 *
 * hasBearerToken(new Request('https://api.example.com', { headers: { authorization: 'Bearer acme_pat_…' } })) // true
 * ```
 */
export function hasBearerToken({ headers }: Request): boolean {
  return /^bearer(?: |$)/i.test(headers.get('authorization') ?? '')
}

/**
 * Refuses requests that a page of another origin makes a browser send with a user's cookies (ASVS 3.5.1, 3.5.3). Requests with
 * a Bearer token are the client's own: no browser adds one by itself.
 *
 * @throws ApiProblem 403
 */
export function requireSameOrigin(request: Request, origins: readonly string[]): void {
  const { headers, method } = request
  if (SAFE.includes(method) || !headers.has('cookie') || hasBearerToken(request)) return
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (origin !== null && isOwn(origin, request, origins) && (site === null || site === 'same-origin')) return
  if (origin !== null && origins.includes(origin)) return
  throw new ApiProblem(403, 'cross_origin', CROSS_ORIGIN)
}

/** The host is compared, not the scheme: TLS may end at a proxy. */
function isOwn(origin: string, request: Request, origins: readonly string[]): boolean {
  if (origins.length > 0) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === new URL(request.url).host
}

import { ApiProblem } from './problem.ts'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses what a page of another origin lets a browser send with somebody's cookies (ASVS 3.5.1, 3.5.3). Requests with
 * an `Authorization` header are the client's own: no page can make a browser add one.
 *
 * @throws ApiProblem 403
 */
export function requireSameOrigin(request: Request, origins: readonly string[]): void {
  const { headers, method } = request
  if (SAFE.includes(method) || headers.has('authorization') || !headers.has('cookie')) return
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (origin !== null && isOwn(origin, request, origins) && (site === null || site === 'same-origin')) return
  if (origin !== null && origins.includes(origin)) return
  throw new ApiProblem(403, 'cross_origin', 'A session may be used from its own pages only')
}

/** The host is compared, not the scheme: TLS may end at a proxy. */
function isOwn(origin: string, request: Request, origins: readonly string[]): boolean {
  if (origins.length > 0) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === new URL(request.url).host
}

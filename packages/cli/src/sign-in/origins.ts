import { ApiProblem } from '@patkit/api'
import { isLoopback, LOOPBACK } from './loopback.ts'

/**
 * The origins of pages that may change something with a session. All names of loopback are one origin here.
 *
 * @param publicUrl the origin that browsers use
 */
export function ownOrigins(publicUrl: string): readonly string[] {
  const { protocol, hostname, port, origin } = new URL(publicUrl)
  if (!isLoopback(hostname)) return [origin]
  return [origin, ...LOOPBACK.map((name) => `${protocol}//${name}${port === '' ? '' : `:${port}`}`)].filter(isFirst)
}

/**
 * Browsers send `Origin` with each unsafe request (Fetch §3.2), so a request without it is refused as well.
 *
 * @throws ApiProblem 403
 */
export function requireOwnOrigin({ headers }: Request, origins: readonly string[]): void {
  const origin = headers.get('origin')
  if (origin !== null && origins.includes(origin)) return
  throw new ApiProblem(403, 'cross_origin', `The header Origin must be ${origins[0]}`)
}

/**
 * The address of a path of this site, for redirects after a sign-in: absolute, so that no path can name another host.
 *
 * @param path untrusted; anything but a path of this site becomes `home`
 */
export function returnUrl(path: unknown, publicUrl: string, home: string): string {
  const base = new URL(home, publicUrl)
  if (!isReturnPath(path)) return base.href
  if (!URL.canParse(path, publicUrl)) return base.href
  const url = new URL(path, publicUrl)
  return url.origin === base.origin ? url.href : base.href
}

/** Whether a text may be the path after a sign-in. Its length leaves room for the rest of a cookie (RFC 6265 §6.1). */
export function isReturnPath(path: unknown): path is string {
  return typeof path === 'string' && /^\/(?![/\\])[\x21-\x7e]{0,2000}$/.test(path)
}

function isFirst(value: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(value) === index
}

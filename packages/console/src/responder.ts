import { loadAssets } from './assets.ts'
import { type ConsoleOptions, pageConfig } from './console-options.ts'
import { PAGE, securityHeaders } from './page.ts'

/** A request as the console needs it. */
export interface ConsoleRequest {
  readonly method: string
  /** Below the mount: `/`, `/config.json`, `/assets/page.js`; the empty text for the mount without a slash at its end. */
  readonly path: string
  /** The last segment of the whole path, for a redirect to the mount with a slash at its end. */
  readonly lastSegment: string
  readonly ifNoneMatch: string | undefined
}

export interface ConsoleResponse {
  readonly status: 200 | 304 | 308 | 405
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | string
}

/** Answers requests; `null` for a path that the console does not have. */
export type Responder = (request: ConsoleRequest) => Promise<ConsoleResponse | null>

const ASSET = /^\/assets\/([\w.-]+)$/

/** @throws TypeError naming the option that is wrong */
export function createResponder(options: ConsoleOptions): Responder {
  const config = pageConfig(options)
  const security = securityHeaders(config)
  const text = (body: string, type: string): ConsoleResponse => ({
    status: 200,
    headers: { ...security, 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' },
    body,
  })

  async function find({ path, lastSegment, ifNoneMatch }: ConsoleRequest): Promise<ConsoleResponse | null> {
    // Relative addresses of the page are below the mount only with the slash.
    if (path === '') return { status: 308, headers: { ...security, Location: `./${lastSegment}/` }, body: '' }
    if (path === '/') return text(PAGE, 'text/html')
    if (path === '/config.json') return text(JSON.stringify(config), 'application/json')
    const name = ASSET.exec(path)?.[1]
    return name === undefined ? null : asset(name, ifNoneMatch)
  }

  /** Names of files are keys of a map, so no name leads out of the folder. */
  async function asset(name: string, ifNoneMatch: string | undefined): Promise<ConsoleResponse | null> {
    const found = (await loadAssets()).get(name)
    if (found === undefined) return null
    const headers = { ...security, 'Content-Type': found.type, 'Cache-Control': 'no-cache', ETag: found.tag }
    return ifNoneMatch === found.tag ? { status: 304, headers, body: '' } : { status: 200, headers, body: found.body }
  }

  return async (request) => {
    const found = await find(request)
    if (found === null) return null
    if (request.method === 'GET') return found
    if (request.method === 'HEAD') return { ...found, body: '' }
    return { status: 405, headers: { ...security, Allow: 'GET, HEAD' }, body: '' }
  }
}

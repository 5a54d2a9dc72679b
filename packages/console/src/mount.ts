import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsoleOptions } from './console-options.ts'
import { type ConsoleRequest, createResponder } from './responder.ts'

/** The members that Express adds to Node's request. */
interface ExpressRequest extends IncomingMessage {
  readonly originalUrl?: string
  readonly baseUrl?: string
}

/** The used members of a Koa context. */
interface KoaContext {
  readonly method: string
  readonly path: string
  readonly originalUrl: string
  status: number
  body: unknown
  get(name: string): string
  set(name: string, value: string): void
}

/** The used members of a Hono context. */
interface HonoContext {
  readonly req: {
    readonly method: string
    readonly url: string
    readonly routePath: string
    header(name: string): string | undefined
  }
}

/**
 * The console in Express: `app.use('/console', expressConsole({ api }))`.
 *
 * @example
 * ```ts
 * import { expressConsole } from '@patkit/console'
 * import express from 'express'
 *
 * express().use('/console', expressConsole({ api: '/api' }))
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function expressConsole(
  options: ConsoleOptions,
): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void {
  const respond = createResponder(options)
  return (req: ExpressRequest, res, next) => {
    const { method = 'GET', originalUrl, baseUrl = '', url = '/' } = req
    const path = pathOf(originalUrl ?? url)
    respond(consoleRequest(method, path, baseUrl, req.headers['if-none-match']))
      .then((response) => {
        if (response === null) return next()
        res.writeHead(response.status, response.headers)
        res.end(response.body)
      })
      .catch(next)
  }
}

/**
 * The console in Koa, below a path that koa-mount takes off: `app.use(mount('/console', koaConsole({ api })))`.
 *
 * @throws TypeError naming the option that is wrong
 */
export function koaConsole<C extends KoaContext>(
  options: ConsoleOptions,
): (ctx: C, next: () => Promise<unknown>) => Promise<unknown> {
  const respond = createResponder(options)
  return async (ctx, next) => {
    const whole = pathOf(ctx.originalUrl)
    const mount = whole.endsWith(ctx.path) ? whole.slice(0, whole.length - ctx.path.length) : whole
    const response = await respond(consoleRequest(ctx.method, whole, mount, ctx.get('if-none-match')))
    if (response === null) return next()
    ctx.body = response.body === '' ? null : response.body
    ctx.status = response.status
    for (const [name, value] of Object.entries(response.headers)) ctx.set(name, value)
  }
}

/**
 * The console in Hono: `app.use('/console/*', honoConsole({ api }))`.
 *
 * @throws TypeError naming the option that is wrong
 */
export function honoConsole(
  options: ConsoleOptions,
): (c: HonoContext, next: () => Promise<void>) => Promise<Response | undefined> {
  const respond = createResponder(options)
  return async ({ req }, next) => {
    const path = new URL(req.url).pathname
    const depth = req.routePath.split('/').filter((part) => part !== '' && part !== '*').length
    const mount = path
      .split('/')
      .slice(0, depth + 1)
      .join('/')
    const response = await respond(consoleRequest(req.method, path, mount, req.header('if-none-match')))
    if (response === null) {
      await next()
      return undefined
    }
    const { status, headers, body } = response
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)
    return new Response(bytes.length === 0 ? null : bytes, { status, headers: { ...headers } })
  }
}

function consoleRequest(method: string, path: string, mount: string, ifNoneMatch: string | undefined): ConsoleRequest {
  return { method, path: path.slice(mount.length), lastSegment: path.split('/').at(-1) ?? '', ifNoneMatch }
}

/** The path of a request target in origin or absolute form. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '/'
}

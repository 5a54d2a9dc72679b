import type { IncomingMessage, ServerResponse } from 'node:http'
import { socketPeer } from '@patkit/core'
import type { MiddlewareHandler } from 'hono'
import { FORM } from './body.ts'
import type { FetchHandler } from './fetch-handler.ts'

/** What Express adds to Node's request. */
interface ExpressRequest extends IncomingMessage {
  readonly originalUrl?: string
  readonly body?: unknown
}

/** What is used of a Koa context. */
interface KoaContext {
  readonly req: IncomingMessage
  readonly originalUrl: string
  readonly request: { readonly body?: unknown }
  status: number
  body: unknown
  set(name: string, value: string): void
}

/** The API in Express: `app.use(expressApi(api))`, before or after `express.json()`. */
export function expressApi(
  api: FetchHandler,
): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void {
  return (req: ExpressRequest, res, next) => {
    const request = fetchRequest(req, req.originalUrl ?? req.url ?? '/', req.body)
    if (request === null) return next()
    api
      .handle(request, { peer: socketPeer(req.socket) })
      .then(async (response) => {
        if (response === null) return next()
        res.statusCode = response.status
        response.headers.forEach((value, name) => void res.setHeader(name, value))
        res.end(await response.text())
      })
      .catch(next)
  }
}

/** The API in Koa: `app.use(koaApi(api))`, before or after a body parser. */
export function koaApi(api: FetchHandler): (ctx: KoaContext, next: () => Promise<unknown>) => Promise<unknown> {
  return async (ctx, next) => {
    const request = fetchRequest(ctx.req, ctx.originalUrl, ctx.request.body)
    const response = request && (await api.handle(request, { peer: socketPeer(ctx.req.socket) }))
    if (response === null) return next()
    const text = await response.text()
    // First the body, which brings a status and headers of its own.
    ctx.body = text === '' ? null : text
    ctx.status = response.status
    response.headers.forEach((value, name) => void ctx.set(name, value))
  }
}

/** The API in Hono: `app.use(honoApi(api))`. `peer` for runtimes whose connections patkit cannot see. */
export function honoApi(
  api: FetchHandler,
  options: { readonly peer?: (c: Parameters<MiddlewareHandler>[0]) => string | null } = {},
): MiddlewareHandler {
  const peerOf = options.peer ?? ((c) => socketPeer((c.env as NodeBindings | undefined)?.incoming?.socket))
  return async (c, next) => {
    const response = await api.handle(c.req.raw, { peer: peerOf(c) })
    if (response === null) return next()
    return response
  }
}

interface NodeBindings {
  readonly incoming?: { readonly socket?: Parameters<typeof socketPeer>[0] }
}

/** Methods that a fetch request cannot have. */
const UNFETCHABLE = ['CONNECT', 'TRACE', 'TRACK']
/**
 * Backslashes, dot segments and letters in disguise (RFC 3986 §6.2.2): a fetch request has such a path in another form, so
 * that what stands before the API, and compares paths, would have let another request pass than the one that is answered.
 */
const DISGUISED = /\\|%5c|\/(?:\.|%2e){1,2}(?:\/|$)|%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|[46]f|5f|7e)/i

/** `null` for what cannot be one of the API's. */
function fetchRequest(req: IncomingMessage, url: string, parsed: unknown): Request | null {
  const method = req.method ?? 'GET'
  if (UNFETCHABLE.includes(method) || DISGUISED.test(url.split('?', 1)[0] as string)) return null
  const headers = new Headers()
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    headers.append(req.rawHeaders[index] as string, req.rawHeaders[index + 1] as string)
  }
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(req, parsed)
  return new Request(addressOf(req.headers.host, url), { method, headers, body, duplex: 'half' } as RequestInit)
}

/**
 * The target of a request stays a path: resolved against its host, `//elsewhere/tokens` would name another one, which is
 * what a page's origin is compared with. A host that is none is nobody's.
 */
function addressOf(host: string | undefined, target: string): string {
  const path = target.startsWith('/') ? target : pathOf(target)
  return `http://${/^[\w.:[\]-]+$/.test(host ?? '') && URL.canParse(`http://${host}`) ? host : 'localhost'}${path}`
}

/** RFC 9112 §3.2.2: a proxy may send the whole URL. */
function pathOf(target: string): string {
  if (!URL.canParse(target)) return '/'
  const { pathname, search } = new URL(target)
  return `${pathname}${search}`
}

/**
 * A body that is read when somebody asks for it, and not before: where the request is none of the API's, the next handler
 * reads it. What is given up half way leaves the connection open for the answer.
 */
function unread(req: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | null = null
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= req.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks?.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** A body that a parser has read is taken from it: the stream has nothing left to give. */
function bodyOf(req: IncomingMessage, parsed: unknown) {
  // The parsers of Express 4 put `{}` where they have not read what they do not understand.
  const isUntouched = parsed === undefined || (!req.readableDidRead && JSON.stringify(parsed) === '{}')
  if (isUntouched) return unread(req)
  const isForm = (req.headers['content-type'] ?? '').toLowerCase().startsWith(FORM)
  return isForm ? formOf(parsed) : JSON.stringify(parsed)
}

/** A parameter that was there twice is a list by now, and has to be there twice again. */
function formOf(parsed: unknown): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parsed ?? {})) {
    // What a parser has made an object of is no text, and no parameter of any route.
    for (const one of [value].flat()) form.append(name, typeof one === 'string' ? one : '')
  }
  return form.toString()
}

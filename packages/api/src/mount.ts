import type { IncomingMessage, ServerResponse } from 'node:http'
import { socketPeer } from '@patkit/core'
import type { MiddlewareHandler } from 'hono'
import type { Api } from './api.ts'

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
  api: Api,
): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void {
  return (req: ExpressRequest, res, next) => {
    const url = req.originalUrl ?? req.url ?? '/'
    api
      .handle(fetchRequest(req, url, req.body), { peer: socketPeer(req.socket) })
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
export function koaApi(api: Api): (ctx: KoaContext, next: () => Promise<unknown>) => Promise<unknown> {
  return async (ctx, next) => {
    const request = fetchRequest(ctx.req, ctx.originalUrl, ctx.request.body)
    const response = await api.handle(request, { peer: socketPeer(ctx.req.socket) })
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
  api: Api,
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

/** A body that a parser has read is taken from it: the stream has nothing left to give. */
function fetchRequest(req: IncomingMessage, url: string, parsed: unknown): Request {
  const headers = new Headers()
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    headers.append(req.rawHeaders[index] as string, req.rawHeaders[index + 1] as string)
  }
  const method = req.method ?? 'GET'
  const bodyless = method === 'GET' || method === 'HEAD'
  const body = bodyless ? null : parsed === undefined ? unread(req) : JSON.stringify(parsed)
  const base = `http://${req.headers.host ?? 'localhost'}`
  return new Request(new URL(url, base), { method, headers, body, duplex: 'half' } as RequestInit)
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

import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasTruncatedHeaders, refuseUnknownOptions, socketPeer, wrongOption } from '@patkit/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { FORM } from './body.ts'
import type { FetchHandler } from './fetch-handler.ts'
import { targetPath } from './request-target.ts'

/** What Express adds to Node's request. */
interface ExpressRequest extends IncomingMessage {
  readonly originalUrl?: string
  readonly body?: unknown
}

/** The part of a Koa context that this module uses. */
interface KoaContext {
  readonly req: IncomingMessage
  readonly originalUrl: string
  readonly request: { readonly body?: unknown }
  status: number
  body: unknown
  set(name: string, value: string | string[]): void
}

/** How requests are read that the framework tells too little of. */
export interface MountOptions<Q> {
  /** The address at the other end of the connection, for runtimes whose sockets patkit cannot see. */
  readonly peer?: (request: Q) => string | null
}

/**
 * The API in Express: `app.use(expressApi(api))`, before or after `express.json()`.
 *
 * @throws TypeError naming the argument that is wrong
 *
 * @example
 * ```ts
 * import { createApi, expressApi } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 * import express from 'express'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const api = createApi({ tokens, verifier, basePath: '/api', authenticate: () => null })
 * express().use(expressApi(api)).listen(3000)
 * ```
 */
export function expressApi(
  api: FetchHandler,
  options: MountOptions<IncomingMessage> = {},
): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void {
  const peerOf = mounted(api, options) ?? ((req) => socketPeer(req.socket))
  return (req: ExpressRequest, res, next) => {
    const request = fetchRequest(req, req.originalUrl ?? req.url ?? '/', req.body)
    if (request === null) return next()
    api
      .handle(request, { peer: peerOf(req), isTruncated: isTruncated(req) })
      .then(async (response) => {
        if (response === null) return next()
        res.statusCode = response.status
        for (const [name, value] of headersFor(req, response)) res.setHeader(name, value)
        res.end(await response.text())
      })
      .catch(next)
  }
}

/**
 * The API in Koa: `app.use(koaApi(api))`, before or after a body parser.
 *
 * @throws TypeError naming the argument that is wrong
 *
 * @example
 * ```ts
 * import { createApi, koaApi } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 * import Koa from 'koa'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const api = createApi({ tokens, verifier, basePath: '/api', authenticate: () => null })
 * new Koa().use(koaApi(api)).listen(3000)
 * ```
 */
export function koaApi<C extends KoaContext>(
  api: FetchHandler,
  options: MountOptions<C> = {},
): (ctx: C, next: () => Promise<unknown>) => Promise<unknown> {
  const peerOf = mounted(api, options) ?? ((ctx) => socketPeer(ctx.req.socket))
  return async (ctx, next) => {
    const request = fetchRequest(ctx.req, ctx.originalUrl, ctx.request.body)
    const response = request && (await api.handle(request, { peer: peerOf(ctx), isTruncated: isTruncated(ctx.req) }))
    if (response === null) return next()
    const text = await response.text()
    // First the body, which brings a status and headers of its own.
    ctx.body = text === '' ? null : text
    ctx.status = response.status
    for (const [name, value] of headersFor(ctx.req, response)) ctx.set(name, value)
  }
}

/**
 * The API in Hono: `app.use(honoApi(api))`. On @hono/node-server the raw request target is checked as in the other
 * frameworks; other runtimes hand over a URL that is normalised already.
 *
 * @throws TypeError naming the argument that is wrong
 *
 * @example
 * ```ts
 * import { createApi, honoApi } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 * import { Hono } from 'hono'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const api = createApi({ tokens, verifier, basePath: '/api', authenticate: () => null })
 * const app = new Hono().use(honoApi(api))
 * ```
 */
export function honoApi(api: FetchHandler, options: MountOptions<Context> = {}): MiddlewareHandler {
  const peerOf = mounted(api, options) ?? ((c) => socketPeer(incomingOf(c)?.socket))
  return async (c, next) => {
    const request = honoRequest(c.req.raw, incomingOf(c))
    const response =
      request && (await api.handle(request, { peer: peerOf(c), isTruncated: isTruncated(incomingOf(c)) }))
    if (response === null) return next()
    return isHttp2(incomingOf(c))
      ? new Response(response.body, { status: response.status, headers: connectionless(response) })
      : response
  }
}

/** @returns what tells the peer, where the options say so */
function mounted<Q>(api: FetchHandler, options: MountOptions<Q>): ((request: Q) => string | null) | undefined {
  const { peer, ...unknown } = options
  refuseUnknownOptions(unknown)
  if (typeof api?.handle !== 'function') throw wrongOption('api', 'must be made by createApi or createForwardAuth')
  if (peer !== undefined && typeof peer !== 'function') throw wrongOption('peer', 'must be a function')
  return peer
}

interface NodeBindings {
  /** What @hono/node-server passes on. */
  readonly incoming?: Pick<IncomingMessage, 'url' | 'headers' | 'rawHeaders' | 'socket' | 'httpVersionMajor'>
}

function incomingOf(c: Context): NodeBindings['incoming'] {
  return (c.env as NodeBindings | undefined)?.incoming
}

/** Node's types leave the server of a socket out. */
function isTruncated(req: NodeBindings['incoming']): boolean {
  return req !== undefined && hasTruncatedHeaders(req as Parameters<typeof hasTruncatedHeaders>[0])
}

/** `null` for what cannot be one of the API's. */
function honoRequest(request: Request, incoming: NodeBindings['incoming']): Request | null {
  const target = incoming?.url
  if (target === undefined || target.startsWith('/')) return target && targetPath(target) === null ? null : request
  // @hono/node-server takes the host of an absolute-form target, which is not what a page's origin is compared with.
  const path = targetPath(target)
  return path === null ? null : new Request(addressOf(incoming?.headers, path), request)
}

/** Methods that a fetch request cannot have. */
const UNFETCHABLE = ['CONNECT', 'TRACE', 'TRACK']

/** `null` for what cannot be one of the API's. */
function fetchRequest(req: IncomingMessage, target: string, parsed: unknown): Request | null {
  const method = req.method ?? 'GET'
  const path = targetPath(target)
  if (path === null || UNFETCHABLE.includes(method)) return null
  const headers = new Headers()
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] as string
    // HTTP/2 sends method, path and authority as fields of its own (RFC 9113 §8.3).
    if (!name.startsWith(':')) headers.append(name, req.rawHeaders[index + 1] as string)
  }
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(req, parsed)
  return new Request(addressOf(req.headers, path), { method, headers, body, duplex: 'half' } as RequestInit)
}

/**
 * The path stays a path: resolved against its host, `//elsewhere/tokens` would name another one, which is what a page's
 * origin is compared with. An invalid host is replaced by one that no page has.
 */
function addressOf(headers: IncomingMessage['headers'] = {}, path: string): string {
  const host = String(headers[':authority'] ?? headers.host ?? '')
  return `http://${/^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`) ? host : 'localhost'}${path}`
}

/** RFC 9113 §8.2.2: HTTP/2 answers must not have them. */
const OF_CONNECTIONS = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']

/** Each name once: a framework replaces a header that is set again, and cookies cannot be joined (RFC 6265 §3). */
function headersFor(req: IncomingMessage, response: Response): [name: string, value: string | string[]][] {
  const pairs = isHttp2(req) ? connectionless(response) : [...response.headers]
  const cookies = response.headers.getSetCookie()
  const others = pairs.filter(([name]) => name !== 'set-cookie')
  return cookies.length === 0 ? others : [...others, ['set-cookie', cookies]]
}

function connectionless({ headers }: Response): [name: string, value: string][] {
  return [...headers].filter(([name]) => !OF_CONNECTIONS.includes(name))
}

function isHttp2(req: NodeBindings['incoming']): boolean {
  return req !== undefined && req.httpVersionMajor >= 2
}

/**
 * A body that is read on demand: for a path outside the API, the next handler
 * reads it. An aborted read leaves the connection open for the answer.
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
function bodyOf(req: IncomingMessage, parsed: unknown): ReadableStream<Uint8Array> {
  // The parsers of Express 4 put `{}` where they have not read what they do not understand.
  const isUntouched = parsed === undefined || (!req.readableDidRead && isEmptyObject(parsed))
  if (isUntouched) return unread(req)
  const isForm = (req.headers['content-type'] ?? '').toLowerCase().startsWith(FORM)
  return written(() => (isForm ? formOf(parsed) : JSON.stringify(parsed)))
}

function isEmptyObject(value: unknown): boolean {
  return Object(value) === value && !Array.isArray(value) && Object.keys(value as object).length === 0
}

/** Text that is written on demand: requests outside the API cost nothing. */
function written(write: () => string): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(write()))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
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

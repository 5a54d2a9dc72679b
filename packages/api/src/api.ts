import { createVerifier, explainClientAddress, type Verifier } from '@patkit/core'
import { type ForwardedHeader, refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import type { StoredRecord, TokenService } from '@patkit/tokens'
import { type Context, Hono } from 'hono'
import { routeBody } from './body.ts'
import type { Authenticate, IncomingRequest } from './caller.ts'
import { docsPage } from './docs-page.ts'
import type { ApiContext, FetchHandler } from './fetch-handler.ts'
import { NOTHING } from './fields.ts'
import { nativeShape } from './native/native-shape.ts'
import { omitUndefined } from './native/omit-undefined.ts'
import { openApiDocument } from './openapi.ts'
import { type PresentedTokens, presentedTokens } from './presented-tokens.ts'
import { ApiProblem, notFound, problemOf } from './problem.ts'
import { isPlainPath } from './request-target.ts'
import type { Parts, Route } from './route.ts'
import { requireSameOrigin } from './same-origin.ts'
import { type ApiShape, JSON_SHAPE } from './shape.ts'
import { checked, queryOf } from './validation.ts'

export interface ApiOptions {
  readonly tokens: TokenService
  /** Identifies the caller: by a session, a JWT, or a token with a scope for it. */
  readonly authenticate: Authenticate
  /** For routes about the presented token. Without it, these routes do not exist. */
  readonly verifier?: Verifier<StoredRecord>
  /** Where the API begins, such as `/api/v1`. Default: at the root. */
  readonly basePath?: string
  /** Paths, names, envelopes and statuses. Default: patkit's own. */
  readonly shape?: ApiShape
  /** The origins whose pages may use a session, where that is not the API's own. */
  readonly origins?: readonly string[]
  /** Where the OpenAPI document is. Default `/openapi.json`, below the base path; `null` for nowhere. */
  readonly documentPath?: string | null
  /**
   * Where people read it. Default `/docs`, below the base path; `null` for nowhere. It is there where the package
   * swagger-ui-dist is installed.
   */
  readonly docsPath?: string | null
  /** Called with the cause of each 503. Default: a warning of the process. */
  readonly onError?: (cause: unknown) => void
  /** The time, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
  /** Proxies in front of the API, as for the verifier: for the address that `GET /caller` shows. Default none. */
  readonly trustedProxies?: readonly string[]
  /** The header that these proxies write. Default `x-forwarded-for`. */
  readonly forwardedHeader?: ForwardedHeader
}

/** A management API as one function from requests to answers, for every framework. */
export interface Api extends FetchHandler {
  /** As `handle`, but answers 404 for paths outside the API. For runtimes without another handler. */
  fetch(request: Request, context?: ApiContext): Promise<Response>
  /** The OpenAPI 3.1 document of its routes. */
  readonly document: object
  readonly routes: readonly Route[]
  readonly basePath: string
}

interface Bindings extends Required<ApiContext> {
  /** Set where no route was found. */
  missed: boolean
}

type App = Hono<{ Bindings: Bindings }>
type ApiCall = Context<{ Bindings: Bindings }>
type Settings = Required<Omit<ApiOptions, 'trustedProxies' | 'forwardedHeader'>> & {
  readonly presented: PresentedTokens
  readonly challenger: Pick<Verifier<StoredRecord>, 'challenge'>
  readonly clientIpOf: (arriving: IncomingRequest) => string | null
}

/**
 * Builds a management API from a table of routes. Does no I/O.
 *
 * @throws TypeError naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createApi } from '@patkit/api'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService, memoryStore } from '@patkit/tokens'
 *
 * const tokens = createTokenService({ store: memoryStore(), format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const api = createApi({ tokens, verifier, basePath: '/api', authenticate: () => null })
 * const response = await api.fetch(new Request('https://api.example.com/api/tokens')) // 401
 * console.log(response.status)
 * ```
 */
export function createApi(options: ApiOptions): Api {
  const settings = apiSettings(options)
  const { shape, basePath } = settings
  const document = openApiDocument(shape, basePath)
  const app: App = new Hono()
  for (const route of shape.routes) {
    app.on(route.method.toUpperCase(), pattern(settings, route.path), (c) =>
      respond(c.req.raw, settings, () => answer(route, c.req.raw, c.env, c.req.param(), settings)),
    )
  }
  describe(app, document, settings)
  for (const [path, methods] of methodsByPath(settings)) {
    app.all(path, (c) => respond(c.req.raw, settings, () => notAllowed(methods)))
  }
  app.notFound(missed)

  async function handle(
    request: Request,
    { peer = null, isTruncated = false }: ApiContext = {},
  ): Promise<Response | null> {
    if (!isPlainPath(new URL(request.url).pathname)) return null
    const bindings: Bindings = { peer, isTruncated, missed: false }
    const response = await app.fetch(request, bindings)
    return bindings.missed ? null : response
  }

  return Object.freeze({
    handle,
    fetch: async (request: Request, context?: ApiContext) =>
      (await handle(request, context)) ?? problemResponse(notFound(), request, settings),
    document,
    routes: shape.routes,
    basePath,
  })
}

/** The routes of the OpenAPI document and of its page. */
function describe(app: App, document: object, settings: Settings): void {
  const { documentPath, docsPath, shape } = settings
  if (documentPath === null) return
  const shown = (path: string, work: (c: ApiCall) => Promise<Response | null>) =>
    app.get(pattern(settings, path), (c) =>
      respond(c.req.raw, settings, async () => {
        checked(NOTHING, queryOf(c.req.raw), 'query')
        return (await work(c)) ?? missed(c)
      }),
    )
  shown(documentPath, async (c) =>
    unstored(c.req.raw, { status: 200, mediaType: 'application/json', text: JSON.stringify(document) }),
  )
  if (docsPath === null) return
  const page = docsPage({ title: shape.title, docsPath, documentPath })
  shown(docsPath, () => page.html())
  shown(`${docsPath}/{name}`, (c) => page.asset(c.req.param('name') ?? ''))
}

function missed(c: ApiCall): Response {
  c.env.missed = true
  return c.body(null, 404)
}

async function answer(
  route: Route,
  request: Request,
  { peer, isTruncated }: Bindings,
  params: Readonly<Record<string, string>>,
  settings: Settings,
): Promise<Response> {
  requireSameOrigin(request, settings.origins)
  const { tokens, presented, authenticate, verifier, challenger, clientIpOf, shape } = settings
  const context = await route.access.authorize({
    request,
    peer,
    isTruncated,
    tokens,
    presented,
    authenticate,
    verifier,
    challenger,
    clientIpOf,
    params,
  })
  const body = await routeBody(route, request, shape.mediaType)
  const parts: Parts<unknown, unknown, unknown> = {
    params: checked(route.params, params, 'path'),
    query: checked(route.query, queryOf(request), 'query'),
    body: route.body === null ? undefined : checked(route.body, body, 'body'),
    idempotencyKey: request.headers.get('idempotency-key') ?? undefined,
    now: new Date(settings.clock()),
  }
  const { answer, location } = await route.run(context, parts)
  const status = location === null ? route.status : 201
  const more = location === null ? [] : [['Location', reference(request, location)] as const]
  const text = route.answer === null ? null : JSON.stringify(answer)
  return unstored(request, { status, mediaType: shape.mediaType, text, headers: more })
}

/**
 * RFC 3986 §4.2: relative to the request's own path, and so right behind every prefix that a mount or a proxy takes off.
 */
function reference(request: Request, segments: readonly string[]): string {
  const last = new URL(request.url).pathname.split('/').at(-1) as string
  const path = [last, ...segments.map(encodeURIComponent)].join('/')
  return last.includes(':') ? `./${path}` : path
}

async function respond(request: Request, settings: Settings, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    const problem = problemOf(error, settings.shape.fieldNames)
    if (problem.status === 503 && problem.cause !== undefined) settings.onError(problem.cause)
    return problemResponse(problem, request, settings)
  }
}

async function notAllowed(methods: readonly string[]): Promise<never> {
  const headers = [['Allow', methods.join(', ')]] as const
  throw new ApiProblem(405, 'method_not_allowed', `Method not allowed. Allowed: ${methods.join(', ')}`, { headers })
}

function problemResponse(problem: ApiProblem, request: Request, { shape }: Settings): Response {
  const body = shape.problem(problem, request.headers.get('x-request-id'))
  const { status, headers } = problem
  return unstored(request, { status, mediaType: shape.problemMediaType, text: JSON.stringify(body), headers })
}

interface Answer {
  readonly status: number
  readonly mediaType: string
  /** The body; `null` for an empty one. */
  readonly text: string | null
  readonly headers?: readonly (readonly [string, string])[]
}

/** No cache may keep an answer of the management API: 404 and 405 could be cached otherwise (RFC 9110 §15.5). */
function unstored(request: Request, { status, mediaType, text, headers: more = [] }: Answer): Response {
  const headers = new Headers({ 'Cache-Control': 'no-store' })
  if (text !== null) headers.set('Content-Type', mediaType)
  for (const [name, value] of more) headers.append(name, value)
  return new Response(request.method === 'HEAD' ? null : text, { status, headers })
}

/** `{token_id}` of OpenAPI as Hono has it. */
function pattern({ basePath }: Pick<Settings, 'basePath'>, path: string): string {
  return `${basePath}${path}`.replace(/\{(\w+)\}/g, ':$1')
}

function methodsByPath(settings: Settings): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of settings.shape.routes) {
    const at = pattern(settings, path)
    methods.set(at, [...(methods.get(at) ?? []), method.toUpperCase()])
  }
  return methods
}

function apiSettings(options: ApiOptions): Settings {
  const { tokens, authenticate, verifier, basePath = '', shape = nativeShape(), origins = [], ...rest } = options
  const { documentPath = '/openapi.json', docsPath = '/docs', onError = warn, clock = Date.now, ...others } = rest
  const { trustedProxies, forwardedHeader, ...unknown } = others
  refuseUnknownOptions(unknown)
  if (typeof tokens?.create !== 'function') throw wrongOption('tokens', 'must be a token service')
  if (typeof authenticate !== 'function') throw wrongOption('authenticate', 'must be a function')
  if (!/^(?:\/[\w.~-]+)*$/.test(basePath))
    throw wrongOption('basePath', 'must be empty, or begin with "/" and not end with it')
  for (const [option, path] of Object.entries({ documentPath, docsPath })) {
    if (path !== null && !/^(?:\/[\w.~-]+)+$/.test(path))
      throw wrongOption(option, 'must begin with "/" and not end with it')
  }
  requireShape(shape)
  if (!Array.isArray(origins) || !origins.every((origin) => typeof origin === 'string')) {
    throw wrongOption('origins', 'must be a list of origins')
  }
  for (const [option, value] of Object.entries({ onError, clock })) {
    if (typeof value !== 'function') throw wrongOption(option, 'must be a function')
  }
  const isSelf = shape.routes.some(({ access }) => access.name === 'token')
  if (isSelf && verifier === undefined && options.shape !== undefined)
    throw wrongOption('verifier', 'is what routes of the shape need')
  const routes = verifier === undefined ? shape.routes.filter(({ access }) => access.name !== 'token') : shape.routes
  return {
    ...{ tokens, authenticate, basePath, origins, documentPath, docsPath, onError, clock },
    presented: presentedTokens(tokens, onError),
    verifier: (verifier ?? null) as Settings['verifier'],
    challenger: verifier ?? createVerifier<StoredRecord>(tokens.verifierOptions),
    clientIpOf: clientIpReader(omitUndefined({ trustedProxies, forwardedHeader })),
    shape: { ...shape, routes },
  }
}

/** @throws TypeError naming the option that is wrong */
function clientIpReader(trusted: Pick<ApiOptions, 'trustedProxies' | 'forwardedHeader'>): Settings['clientIpOf'] {
  explainClientAddress({}, null, trusted)
  return ({ request, peer, isTruncated = false }) =>
    isTruncated ? null : explainClientAddress(Object.fromEntries(request.headers), peer, trusted).client
}

const SHAPE_MEMBERS = ['title', 'version', 'routes', ...Object.keys(JSON_SHAPE)]

function requireShape(shape: ApiShape): void {
  if (!Array.isArray(shape?.routes)) throw wrongOption('shape', 'must have routes')
  const unknown = Object.keys(shape).find((name) => !SHAPE_MEMBERS.includes(name))
  if (unknown !== undefined) throw wrongOption(`shape.${unknown}`, 'is not an option')
}

function warn(cause: unknown): void {
  process.emitWarning(cause as Error)
}

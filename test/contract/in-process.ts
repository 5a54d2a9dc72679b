import type { Adapter, Challenge, Check, MiddlewareOptions, Outcome, RequestReader } from '@patkit/core/adapter'
import { type App, entrance } from './app.ts'
import type { Core } from './core.ts'
import type { Harness } from './observation.ts'
import type { RawAnswer, RawRequest } from './raw-request.ts'
import { handle, type Kit, ROUTES, type Route } from './routes.ts'

/** A request of the smallest framework there is: no sockets, no server. */
interface Request {
  readonly method: string
  readonly rawHeaders: readonly string[]
  readonly remoteAddress: string
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  pat: { readonly id: string; readonly userId: string | null } | null
}

type Middleware = (request: Request) => Promise<Outcome<never>>
type Match = { readonly route: Route; readonly parameters: Readonly<Record<string, string>> }

/** Serves the API of the contract inside this process, with an adapter of its own on the core given. */
export function openInProcess(core: Core): (app: App) => Promise<Harness> {
  return async (app) => {
    const adapter = createTestAdapter(core)
    const kit = createKit(adapter, app)
    const enter = kit.enter()
    const stepsOf = new Map(
      ROUTES.map((route) => [route, route.outside ? route.steps(kit) : [enter, ...route.steps(kit)]]),
    )
    return {
      send: async (raw) => {
        const { route, parameters } = match(raw)
        return answer(app, route, stepsOf.get(route) ?? [], requestOf(raw, parameters))
      },
      close: async () => {},
    }
  }
}

async function answer(app: App, route: Route, steps: readonly Middleware[], request: Request): Promise<RawAnswer> {
  try {
    for (const step of steps) {
      const outcome = await step(request)
      if (!outcome.ok) return refusal(outcome.challenge, request.method)
    }
    const body = await handle(app, route, request.pat as never)
    return { status: 200, headers: [['content-type', 'application/json']], body: request.method === 'HEAD' ? '' : body }
  } catch (error) {
    app.heard.thrown.push(error)
    return { status: 500, headers: [], body: '' }
  }
}

function refusal({ status, headers, body }: Challenge, method: string): RawAnswer {
  const lines = headers.map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return { status, headers: lines, body: method === 'HEAD' ? '' : body }
}

function createTestAdapter(core: Core): Adapter<Request, never, Middleware> {
  const reader: RequestReader<Request> = {
    header: ({ rawHeaders }, name) => core.joinedHeader(rawHeaders, name),
    peer: ({ remoteAddress }) => remoteAddress,
    isTruncated: core.hasTruncatedHeaders,
    context: ({ rawHeaders, method }) => ({
      id: core.joinedHeader(rawHeaders, 'x-request-id'),
      method,
      path: null,
      route: null,
      userAgent: core.joinedHeader(rawHeaders, 'user-agent'),
    }),
  }
  return core.createAdapter(
    reader,
    (check: Check<Request, never>): Middleware =>
      async (request) => {
        const outcome = await check(request)
        if (outcome.ok) request.pat = outcome.record
        return outcome
      },
  )
}

function createKit(adapter: Adapter<Request, never, Middleware>, app: App): Kit<Request, never, Middleware> {
  return {
    requireScope: adapter.requireScope,
    requireAnyScope: adapter.requireAnyScope,
    requireUser: adapter.requireUser,
    parameter: ({ parameters }, name) => parameters[name],
    query: ({ query }, name) => query.get(name) ?? undefined,
    enter: () => entrance(adapter.patAuth, app, noHook),
    forge: (record) => async (request) => {
      request.pat = record
      return { ok: true, record: null, vary: null, headers: [] }
    },
  }
}

function noHook(): NonNullable<MiddlewareOptions<Request, never>['onDeny']> {
  throw new Error('hooks belong to frameworks')
}

function requestOf({ method, path, lines }: RawRequest, parameters: Request['parameters']): Request {
  const rawHeaders = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })
  const { searchParams } = new URL(path, 'http://localhost')
  // What every client sends as well.
  rawHeaders.unshift('Host', 'localhost', 'Connection', 'close')
  return { method, rawHeaders, remoteAddress: '127.0.0.1', parameters, query: searchParams, pat: null }
}

function match({ method, path }: RawRequest): Match {
  const wanted = method === 'POST' ? 'post' : 'get'
  const { pathname } = new URL(path, 'http://localhost')
  for (const route of ROUTES) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const found = route.method === wanted ? pattern.exec(pathname) : null
    if (found !== null) return { route, parameters: decoded(found.groups ?? {}) }
  }
  throw new Error(`no route for ${pathname}`)
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
}

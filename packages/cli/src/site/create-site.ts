import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ApiContext, createApi, expressApi, type FetchHandler } from '@patkit/api'
import { type ConsoleOptions, expressConsole } from '@patkit/console'
import type { Verifier } from '@patkit/core'
import type { ScopeOptions } from '@patkit/core/adapter'
import type { SignInStore } from '@patkit/sql'
import type { StoredRecord, TokenService } from '@patkit/tokens'
import { redirect } from '../sign-in/answer.ts'
import { createSignIn, type SignIn, type SignInOptions } from '../sign-in/create-sign-in.ts'
import { type IdentityHeader, siteCallers } from './callers.ts'

/** Middleware of a plain Node server, as Express has it. */
export type NodeMiddleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

export interface SiteOptions {
  readonly tokens: TokenService
  readonly signIns: SignInStore
  readonly verifier: Verifier<StoredRecord>
  readonly organizationId: string
  /** The origin that browsers use. */
  readonly publicUrl: string
  /** Where the management API begins. Default `/api`. */
  readonly apiPath?: string
  /** Title, language, texts, columns and scope parts of the console. Default those of the console. */
  readonly consoleOptions?: SiteConsole
  /** Where the console is mounted. Default `/console`. */
  readonly consolePath?: string
  /** Whether `/` leads to the console. Default `false`: the path is left to others. */
  readonly startPage?: boolean
  readonly administrators?: readonly string[]
  readonly identityHeader?: IdentityHeader
  readonly scopeOptions?: ScopeOptions
  /** Sessions, and an OpenID provider. */
  readonly signIn?: Pick<
    SignInOptions,
    | 'openIdConnect'
    | 'idleSeconds'
    | 'absoluteSeconds'
    | 'failureLimit'
    | 'trustedProxies'
    | 'forwardedHeader'
    | 'onEvent'
  >
  /** Answers paths beside those of the site. */
  readonly handlers?: readonly FetchHandler[]
  readonly onError?: (cause: unknown) => void
  readonly clock?: () => number
}

/** The options of the console that the site does not set itself. */
export type SiteConsole = Omit<ConsoleOptions, 'api' | 'signInUrl' | 'signOutUrl'>

export interface Site {
  readonly middleware: NodeMiddleware
  readonly signIn: SignIn
}

const CONSOLE_PATH = '/console'
/** Where people are after a sign-in, unless the console is mounted elsewhere. */
export const CONSOLE_HOME: string = `${CONSOLE_PATH}/`

/**
 * Management API, sign-in and console as one middleware of a Node server. Does no I/O when it is built.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createVerifier, tokenFormat } from '@patkit/core'
 * import { createTokenService } from '@patkit/tokens'
 * import { openStore, parseDatabaseUrl } from 'patkit/database'
 * import { createSite } from 'patkit/sign-in'
 *
 * const store = await openStore(parseDatabaseUrl('sqlite:tokens.db', 'db', { env: {}, cwd: '.' }), true)
 * const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
 * const verifier = createVerifier(tokens.verifierOptions)
 * const publicUrl = 'http://localhost:3000'
 * const site = createSite({ tokens, verifier, signIns: store.signIns, organizationId: 'acme', publicUrl })
 * createServer((req, res) => site.middleware(req, res, () => res.writeHead(404).end())).listen(3000, 'localhost')
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function createSite(options: SiteOptions): Site {
  const { tokens, signIns, verifier, organizationId, publicUrl, apiPath = '/api', onError, clock = Date.now } = options
  const faults = onError === undefined ? {} : { onError }
  const { consolePath = CONSOLE_PATH, startPage = false } = options
  const home = `${consolePath}/`
  const signIn = createSignIn({
    ...options.signIn,
    ...{ tokens, signIns, organizationId, publicUrl, clock, home, ...faults },
  })
  const authenticate = siteCallers({
    ...{ tokens, signIns, signIn, verifier, organizationId },
    administrators: options.administrators ?? [],
    identityHeader: options.identityHeader ?? null,
    scopeOptions: options.scopeOptions ?? {},
    introspectionPath: `${apiPath}/introspect`,
  })
  const { origins } = signIn
  const api = createApi({ tokens, verifier, authenticate, basePath: apiPath, origins, clock, ...faults })
  const pages = expressApi(
    firstOf([signIn, api, ...(options.handlers ?? []), ...(startPage ? [startPageAt(home)] : [])]),
  )
  const page = expressConsole({ ...options.consoleOptions, api, signInUrl: '/sign-in', signOutUrl: '/sign-out' })
  const consolePages = mountedAt(consolePath, page)
  return Object.freeze({
    signIn,
    middleware: (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) =>
      consolePages(req, res, (error) => (error === undefined ? pages(req, res, next) : next(error))),
  })
}

/** Handlers as one: the first that has the path answers. */
export function firstOf(handlers: readonly FetchHandler[]): FetchHandler {
  return {
    async handle(request: Request, context?: ApiContext): Promise<Response | null> {
      for (const handler of handlers) {
        const response = await handler.handle(request, context)
        if (response !== null) return response
      }
      return null
    },
  }
}

/** RFC 9112 §3.2.2: a proxy may send the whole URL. */
const AUTHORITY = /^https?:\/\/[^/?#]*/i

/** Middleware below a path, which it does not see, as in Express. */
function mountedAt(path: string, middleware: NodeMiddleware): NodeMiddleware {
  return (req, res, next) => {
    const url = req.url ?? '/'
    const target = url.replace(AUTHORITY, '')
    const below = target.slice(path.length)
    if (!target.startsWith(path) || !/^(?:$|[/?])/.test(below)) return next()
    const place = req as IncomingMessage & { originalUrl?: string; baseUrl?: string }
    Object.assign(place, { originalUrl: url, baseUrl: path, url: below.startsWith('/') ? below : `/${below}` })
    middleware(place, res, (error) => {
      Object.assign(place, { baseUrl: '', url })
      next(error)
    })
  }
}

function startPageAt(home: string): FetchHandler {
  return {
    async handle({ url, method }) {
      const isStart = new URL(url).pathname === '/' && (method === 'GET' || method === 'HEAD')
      return isStart ? redirect(home) : null
    },
  }
}

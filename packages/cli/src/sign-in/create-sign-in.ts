import { type ApiContext, ApiProblem, checkedBody, type FetchHandler, z } from '@patkit/api'
import { type FailureLimit, refuseUnknownOptions, wrongOption } from '@patkit/core/adapter'
import type { SignInMethod, SignInStore } from '@patkit/sql'
import type { Owner, TokenService } from '@patkit/tokens'
import { answer, json, problem, redirect, unavailable } from './answer.ts'
import { createAttempts, type SignInAttempts } from './attempts.ts'
import { clientIpReader, type ProxyOptions, type ReadClientIp } from './client-ip.ts'
import { createLinks, type Links } from './links.ts'
import { createOpenIdConnect, type OpenIdConnect, type OpenIdConnectOptions, SignInRefused } from './open-id-connect.ts'
import { ownOrigins, requireOwnOrigin, returnUrl } from './origins.ts'
import { failureHtml, SIGN_IN_CSS, SIGN_IN_HTML, SIGN_IN_JS } from './page.ts'
import { createSessions, type Sessions, type SignedIn } from './sessions.ts'

/** How a sign-in was done, for a log: without any secret. */
export interface SignInEvent {
  readonly action: 'sign_in' | 'sign_in_refused' | 'sign_out'
  readonly method: SignInMethod | 'session'
  readonly principalId: string | null
  /** `null` where it is unknown. */
  readonly clientIp: string | null
}

export interface SignInOptions extends ProxyOptions {
  readonly tokens: TokenService
  readonly signIns: SignInStore
  readonly organizationId: string
  /** The origin that browsers use, such as `https://pat.example.com`. Cookies are `Secure` where it is HTTPS. */
  readonly publicUrl: string
  /** The path after a sign-in. Default `/`. */
  readonly home?: string
  readonly openIdConnect?: OpenIdConnectOptions
  /** How long a session lasts without a request. Default 3600. */
  readonly idleSeconds?: number
  /** How long it lasts at most. Default 43 200. */
  readonly absoluteSeconds?: number
  /** How many codes that are wrong an address may send. Default: any number. */
  readonly failureLimit?: FailureLimit
  readonly onEvent?: (event: SignInEvent) => void
  /** Called with the cause of each 503. Default: a warning of the process. */
  readonly onError?: (cause: unknown) => void
  /** The time, in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** Sign-in pages and sessions as one handler: `/sign-in` and everything below, and `/sign-out`. */
export interface SignIn extends FetchHandler {
  /** The principal of a request's session; `null` without a live one. Rejects where the store fails. */
  session(request: Request): Promise<SignedIn | null>
  /** @throws TokenError for a principal that is missing, disabled, or a service principal */
  createLink: Links['create']
  /** The origins whose pages may change something with a session: for the option `origins` of `createApi`. */
  readonly origins: readonly string[]
}

interface Parts {
  readonly sessions: Sessions
  readonly links: Links
  readonly provider: OpenIdConnect | null
  readonly attempts: SignInAttempts | null
  readonly clientIp: ReadClientIp
  readonly origins: readonly string[]
  readonly publicUrl: string
  readonly home: string
  readonly onEvent: (event: SignInEvent) => void
  readonly onError: (cause: unknown) => void
}

type Handle = (request: Request, parts: Parts, context: ApiContext) => Promise<Response>

const LINK_BODY = z.strictObject({ code: z.string(), to: z.unknown().optional() })

const page =
  (mediaType: string, text: string): Handle =>
  async () =>
    answer(200, `${mediaType}; charset=utf-8`, text)

const ROUTES: Readonly<Record<string, Readonly<Record<string, Handle>>>> = {
  '/sign-in': { GET: page('text/html', SIGN_IN_HTML) },
  '/sign-in/style.css': { GET: page('text/css', SIGN_IN_CSS) },
  '/sign-in/script.js': { GET: page('text/javascript', SIGN_IN_JS) },
  '/sign-in/state': { GET: showState },
  '/sign-in/link': { POST: useLink },
  '/sign-in/oidc': { GET: beginAtProvider },
  '/sign-in/oidc/callback': { GET: finishAtProvider },
  '/sign-out': { POST: signOut },
}

/**
 * Sign-in by one-time links and by an OpenID provider, with sessions in the database. Does no I/O when it is built.
 *
 * @example
 * ```ts
 * import { tokenFormat } from '@patkit/core'
 * import { createTokenService } from '@patkit/tokens'
 * import { openStore, parseDatabaseUrl } from 'patkit/database'
 * import { createSignIn } from 'patkit/sign-in'
 *
 * const store = await openStore(parseDatabaseUrl('sqlite:tokens.db', 'db', { env: {}, cwd: '.' }), true)
 * const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme_pat' }) })
 * const publicUrl = 'http://localhost:3000'
 * const signIn = createSignIn({ tokens, signIns: store.signIns, organizationId: 'acme', publicUrl })
 * const { url } = await signIn.createLink({ organizationId: 'acme', principalId: 'ada' })
 * ```
 *
 * @throws TypeError naming the option that is wrong
 */
export function createSignIn(options: SignInOptions): SignIn {
  const parts = signInParts(options)
  return Object.freeze({
    origins: parts.origins,
    session: (request: Request) => parts.sessions.find(request),
    createLink: parts.links.create,
    async handle(request: Request, context: ApiContext = {}): Promise<Response | null> {
      const methods = Object.hasOwn(ROUTES, pathOf(request)) ? ROUTES[pathOf(request)] : undefined
      if (methods === undefined) return null
      try {
        return await respond(methods, { request, context }, parts)
      } catch (error) {
        if (error instanceof ApiProblem) return problem(error)
        parts.onError(error)
        return problem(unavailable(error))
      }
    },
  })
}

/** HEAD uses nothing up: it is answered without the handler of GET where that does more than show a page. */
async function respond(
  methods: Readonly<Record<string, Handle>>,
  { request, context }: { readonly request: Request; readonly context: ApiContext },
  parts: Parts,
): Promise<Response> {
  const isHead = request.method === 'HEAD' && methods.GET !== undefined
  if (isHead) return answer(200, null, null)
  const handle = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined
  if (handle !== undefined) return handle(request, parts, context)
  const allowed = Object.keys(methods).join(', ')
  throw new ApiProblem(405, 'method_not_allowed', `Method not allowed. Allowed: ${allowed}`, {
    headers: [['Allow', allowed]],
  })
}

async function showState(request: Request, { sessions, provider }: Parts): Promise<Response> {
  const signedIn = await sessions.find(request)
  return json({
    signed_in_as: signedIn?.principal.principalId ?? null,
    ends_at: signedIn?.endsAt.toISOString() ?? null,
    open_id_connect: provider === null ? null : { label: provider.label },
  })
}

async function useLink(request: Request, parts: Parts, context: ApiContext): Promise<Response> {
  const { sessions, links, attempts, origins, publicUrl, home, onEvent } = parts
  requireOwnOrigin(request, origins)
  const { code, to } = await checkedBody(request, LINK_BODY)
  const attempt = await attempts?.begin(request, context)
  const link = await links.find(code)
  const clientIp = parts.clientIp(request, context)
  const cookie = link === null ? null : await sessions.openByLink(request, link, clientIp)
  if (link === null || cookie === null) {
    attempt?.failed()
    onEvent(eventOf('link', null, clientIp))
    throw new ApiProblem(403, 'link_invalid', 'The link is unknown, was used before, or has ended')
  }
  onEvent(eventOf('link', link.owner, clientIp))
  return json({ location: returnUrl(to, publicUrl, home) }, [['Set-Cookie', cookie]])
}

async function beginAtProvider(request: Request, { provider }: Parts): Promise<Response> {
  if (provider === null) throw new ApiProblem(404, 'not_found', 'Not found')
  const { location, cookie } = await provider.begin(new URL(request.url).searchParams.get('to'))
  return redirect(location, [['Set-Cookie', cookie]])
}

async function finishAtProvider(request: Request, parts: Parts, context: ApiContext): Promise<Response> {
  const { provider, sessions, publicUrl, home, onEvent } = parts
  if (provider === null) throw new ApiProblem(404, 'not_found', 'Not found')
  const clientIp = parts.clientIp(request, context)
  try {
    const { owner, to, cookie } = await provider.finish(request)
    const session = await sessions.open(request, { owner, clientIp })
    onEvent(eventOf('openid', owner, clientIp))
    return redirect(returnUrl(to, publicUrl, home), [
      ['Set-Cookie', session],
      ['Set-Cookie', cookie],
    ])
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error
    onEvent(eventOf('openid', null, clientIp))
    return answer(403, 'text/html; charset=utf-8', failureHtml(error.message))
  }
}

/** 200 with the address at which the session of the provider ends, if it is to end as well. */
async function signOut(request: Request, parts: Parts, context: ApiContext): Promise<Response> {
  const { sessions, origins, onEvent } = parts
  requireOwnOrigin(request, origins)
  const signedIn = await sessions.find(request)
  const clientIp = parts.clientIp(request, context)
  const cookie = await sessions.end(request, signedIn === null ? null : { owner: signedIn.principal, clientIp })
  if (signedIn !== null) {
    onEvent({ action: 'sign_out', method: 'session', principalId: signedIn.principal.principalId, clientIp })
  }
  const location = signedIn?.method === 'openid' ? await endSessionUrl(signedIn, parts) : null
  const headers = [['Set-Cookie', cookie]] as const
  return location === null ? answer(204, null, null, headers) : json({ location }, headers)
}

/** A provider that is away does not keep the session of patkit open. */
async function endSessionUrl({ principal }: SignedIn, { provider, onError }: Parts): Promise<string | null> {
  try {
    return (await provider?.endSessionUrl(principal.principalId)) ?? null
  } catch (cause) {
    onError(cause)
    return null
  }
}

function eventOf(method: SignInMethod, owner: Owner | null, clientIp: string | null): SignInEvent {
  const action = owner === null ? 'sign_in_refused' : 'sign_in'
  return { action, method, principalId: owner?.principalId ?? null, clientIp }
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname
}

function signInParts(options: SignInOptions): Parts {
  const { tokens, signIns, organizationId, publicUrl, home = '/', openIdConnect, failureLimit, ...rest } = options
  const { idleSeconds = 3_600, absoluteSeconds = 43_200, clock = Date.now, ...others } = rest
  const { onEvent = () => {}, onError = warn, trustedProxies = [], ...more } = others
  const { forwardedHeader = 'x-forwarded-for', ...unknown } = more
  refuseUnknownOptions(unknown)
  requirePublicUrl(publicUrl)
  for (const [name, value] of Object.entries({ idleSeconds, absoluteSeconds })) {
    if (!Number.isSafeInteger(value) || value < 60) throw wrongOption(name, 'must be a whole number, 60 or more')
  }
  const isSecure = publicUrl.startsWith('https:')
  const [idleMs, absoluteMs] = [idleSeconds * 1_000, absoluteSeconds * 1_000]
  const around = { tokens, organizationId, publicUrl, clock }
  const clientIp = clientIpReader({ trustedProxies, forwardedHeader })
  return {
    ...{ publicUrl, home, onEvent, onError, clientIp, origins: ownOrigins(publicUrl) },
    sessions: createSessions({ signIns, tokens, isSecure, idleMs, absoluteMs, clock }),
    links: createLinks({ signIns, tokens, publicUrl, clock }),
    attempts: failureLimit === undefined ? null : createAttempts(failureLimit, clientIp, onError),
    provider: openIdConnect === undefined ? null : createOpenIdConnect(openIdConnect, around),
  }
}

function requirePublicUrl(publicUrl: unknown): void {
  const url = typeof publicUrl === 'string' && URL.canParse(publicUrl) ? new URL(publicUrl) : null
  if (url !== null && /^https?:$/.test(url.protocol) && [url.origin, `${url.origin}/`].includes(String(publicUrl)))
    return
  throw wrongOption('publicUrl', 'must be an origin without a path, such as https://pat.example.com')
}

function warn(cause: unknown): void {
  process.emitWarning(cause as Error)
}

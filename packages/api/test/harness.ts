import {
  type Api,
  type ApiOptions,
  type Authenticate,
  type Caller,
  createApi,
  type Route,
  tokenCallers,
} from '@patkit/api'
import { createVerifier, tokenFormat } from '@patkit/core'
import { createTokenService, memoryStore, type Owner, type Token, type TokenService } from '@patkit/tokens'

export const NOW = Date.UTC(2026, 0, 1)
export const ADA: Owner = { organizationId: 'acme', principalId: 'ada' }
export const MANAGE = 'tokens:manage'
const TRUSTED = { id: 'operator', scopes: null }

/** Who asks, each with a way of saying so. */
export const CALLERS = [
  'none',
  'basic',
  'otherUser',
  'otherOrganization',
  'user',
  'admin',
  'plainToken',
  'managingToken',
  'serviceToken',
  'disabledToken',
] as const
export type CallerKind = (typeof CALLERS)[number]

/** A caller whom each access policy lets in. */
export const PERMITTED = {
  own: 'user',
  principal: 'admin',
  organization: 'admin',
  principals: 'admin',
  member: 'user',
  token: 'managingToken',
} as const satisfies Record<Route['access']['name'], CallerKind>

export interface Harness {
  readonly api: Api
  readonly tokens: TokenService
  readonly active: Token
  readonly revoked: Token
  readonly headersOf: (kind: CallerKind) => Readonly<Record<string, string>>
  /** Everything there is, so that a refusal can be seen to have changed nothing. */
  everything(): Promise<string>
}

/** Users and a service of two organizations, and an API that knows sessions and tokens. */
export async function createHarness(options: Partial<ApiOptions> = {}): Promise<Harness> {
  const store = memoryStore()
  const clock = () => NOW
  const tokens = createTokenService({ store, format: tokenFormat({ prefix: 'acme' }), clock })
  const verifier = createVerifier({
    ...tokens.verifierOptions,
    audit: { mode: 'required', sink: store.audit },
    onError: () => {},
  })
  for (const id of ['ada', 'bob', 'root', 'gone']) await put(tokens, 'acme', id, 'user')
  await put(tokens, 'acme', 'robot', 'service')
  await put(tokens, 'other', 'eve', 'user')
  const active = await issue(tokens, 'ada', ['drive:read'])
  const revoked = await issue(tokens, 'ada', ['drive:read'])
  await tokens.revoke(TRUSTED, ADA, revoked.token.id)
  const held: Partial<Record<CallerKind, string>> = {
    plainToken: (await issue(tokens, 'ada', ['drive:read'])).secret.reveal(),
    managingToken: (await issue(tokens, 'ada', ['drive:read', MANAGE])).secret.reveal(),
    serviceToken: (await issue(tokens, 'robot', ['drive:read', MANAGE])).secret.reveal(),
    disabledToken: (await issue(tokens, 'gone', ['drive:read', MANAGE])).secret.reveal(),
  }
  await put(tokens, 'acme', 'gone', 'user', new Date(NOW))
  const byToken = tokenCallers({
    verifier,
    scopeOf: () => MANAGE,
    callerOf: ({ principalId, organizationId, scopes }) => caller({ principalId, organizationId }, scopes, false),
  })
  const authenticate: Authenticate = (arriving) => {
    const { headers } = arriving.request
    return headers.has('authorization') ? byToken(arriving) : session(headers.get('cookie'))
  }
  return {
    api: createApi({ tokens, verifier, authenticate, clock, basePath: '/manage', ...options }),
    tokens,
    active: active.token,
    revoked: revoked.token,
    headersOf: (kind) => headers(kind, held[kind]),
    async everything() {
      const lists = await Promise.all(
        ['acme', 'other'].map((organizationId) => tokens.list({ organizationId }, { limit: 100 })),
      )
      return JSON.stringify(lists.map(({ items }) => items.map(({ id, version }) => [id, version])))
    },
  }
}

function put(
  tokens: TokenService,
  organizationId: string,
  principalId: string,
  kind: 'user' | 'service',
  disabledAt: Date | null = null,
) {
  return tokens.putPrincipal(TRUSTED, { organizationId, principalId, kind, disabledAt, ceiling: null })
}

function issue(tokens: TokenService, principalId: string, scopes: readonly string[]) {
  return tokens.create(TRUSTED, { organizationId: 'acme', principalId }, { name: principalId, scopes })
}

const SESSIONS: Readonly<Record<string, Caller>> = {
  'session=ada': caller(ADA, null, false),
  'session=bob': caller({ organizationId: 'acme', principalId: 'bob' }, null, false),
  'session=root': caller({ organizationId: 'acme', principalId: 'root' }, null, true),
  'session=eve': caller({ organizationId: 'other', principalId: 'eve' }, null, true),
}

function session(cookie: string | null): Caller | null {
  return SESSIONS[cookie ?? ''] ?? null
}

function caller(owner: Owner, scopes: readonly string[] | null, isAdmin: boolean): Caller {
  return { ...owner, id: owner.principalId, scopes, manages: isAdmin ? () => true : null, administers: isAdmin }
}

function headers(kind: CallerKind, token: string | undefined): Readonly<Record<string, string>> {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  const origin = { origin: 'http://localhost' }
  switch (kind) {
    case 'basic':
      return { authorization: 'Basic YTpi' }
    case 'otherUser':
      return { ...origin, cookie: 'session=bob' }
    case 'otherOrganization':
      return { ...origin, cookie: 'session=eve' }
    case 'user':
      return { ...origin, cookie: 'session=ada' }
    case 'admin':
      return { ...origin, cookie: 'session=root' }
    default:
      return {}
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: any JSON of the API
  readonly body: any
}

export async function ask(
  { api, headersOf }: Pick<Harness, 'api' | 'headersOf'>,
  kind: CallerKind,
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const hasBody = body !== undefined
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { ...headersOf(kind), ...(hasBody && { 'content-type': 'application/json' }), ...more }
  const init = { method, headers, ...(hasBody && { body: sent }) }
  const response = await api.fetch(new Request(`http://localhost/manage${path}`, init))
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text === '' ? null : JSON.parse(text) }
}

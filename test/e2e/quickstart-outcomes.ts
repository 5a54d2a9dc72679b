import type { TokenName } from './quickstart-program.ts'

/** What a request brings: one of the quickstart's tokens, something else, or nothing. */
export type CredentialName = TokenName | 'none' | 'malformed' | 'mistyped' | 'unknown'
export type Route = (typeof ROUTES)[number]
type Outcome = 'open' | 'ok' | 'absent' | keyof typeof DENIALS

export interface Attempt {
  readonly credential: CredentialName
  readonly route: Route
}

export interface Answer {
  readonly status: number
  readonly challenge: string | null
  /** Parsed. What a framework says of a route it does not know is its own, and `null` here. */
  readonly body: unknown
}

/** The members of an audit event that do not depend on the run. */
export interface Event {
  readonly kind: 'use' | 'refused'
  readonly outcome: string
  readonly tokenId: string | null
  readonly userId: string | null
  readonly clientIp: string | null
  readonly requiredScopes: readonly string[]
  readonly request: {
    readonly id: string
    readonly method: string
    readonly path: string
    readonly route: string | null
    readonly userAgent: string
  }
}

const ROUTES = ['GET /public', 'GET /whoami', 'GET /files', 'POST /files', 'GET /drive', 'GET /nowhere'] as const

/** One row for each credential, one column for each route. */
const OUTCOMES: Readonly<Record<CredentialName, readonly Outcome[]>> = {
  none: ['open', 'missing', 'missing', 'missing', 'missing', 'missing'],
  malformed: ['open', 'malformed', 'malformed', 'malformed', 'malformed', 'malformed'],
  mistyped: ['open', 'invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
  unknown: ['open', 'invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
  expired: ['open', 'invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
  revoked: ['open', 'invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
  elsewhere: ['open', 'invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
  read: ['open', 'ok', 'ok', 'scope', 'ok', 'absent'],
  write: ['open', 'ok', 'ok', 'ok', 'ok', 'absent'],
  machine: ['open', 'ok', 'ok', 'scope', 'user', 'absent'],
}

/** What the audit event of a request says of its credential. */
const VERDICTS: Readonly<Record<CredentialName, string>> = {
  none: 'missing_credential',
  malformed: 'malformed_credential',
  mistyped: 'malformed_token',
  unknown: 'unknown_token',
  expired: 'expired',
  revoked: 'revoked',
  elsewhere: 'ip_denied',
  read: 'allowed',
  write: 'allowed',
  machine: 'allowed',
}

interface Denial {
  readonly status: number
  readonly title: string
  readonly code: string
  readonly detail: string
  readonly challenge: string
}

const DENIALS = {
  missing: {
    status: 401,
    title: 'Unauthorized',
    code: 'missing_token',
    detail: 'An access token is required',
    challenge: 'Bearer realm="api"',
  },
  malformed: {
    status: 400,
    title: 'Bad Request',
    code: 'invalid_request',
    detail: 'The request must carry exactly one well-formed access token',
    challenge:
      'Bearer realm="api", error="invalid_request", error_description="The request must carry exactly one well-formed access token"',
  },
  invalid: {
    status: 401,
    title: 'Unauthorized',
    code: 'invalid_token',
    detail: 'The access token is not valid',
    challenge: 'Bearer realm="api", error="invalid_token", error_description="The access token is not valid"',
  },
  scope: {
    status: 403,
    title: 'Forbidden',
    code: 'insufficient_scope',
    detail: 'The access token does not hold the required scopes',
    challenge:
      'Bearer realm="api", error="insufficient_scope", error_description="The access token does not hold the required scopes", scope="drive:write"',
  },
  user: {
    status: 403,
    title: 'Forbidden',
    code: 'user_required',
    detail: 'Drive requires user-delegated access',
    challenge: 'Bearer realm="api"',
  },
} as const satisfies Record<string, Denial>

/** Every credential on every route. */
export const ATTEMPTS: readonly Attempt[] = (Object.keys(OUTCOMES) as CredentialName[]).flatMap((credential) =>
  ROUTES.map((route) => ({ credential, route })),
)

export function nameOf({ credential, route }: Attempt): string {
  return `${credential} ${route}`
}

export function expectedAnswer(attempt: Attempt): Answer {
  const outcome = outcomeOf(attempt)
  if (outcome === 'absent') return { status: 404, challenge: null, body: null }
  if (outcome === 'open' || outcome === 'ok') {
    return { status: attempt.route === 'POST /files' ? 201 : 200, challenge: null, body: bodyOf(attempt) }
  }
  const { status, title, code, detail, challenge } = DENIALS[outcome]
  return {
    status,
    challenge,
    body: { type: 'about:blank', title, status, detail, code, request_id: nameOf(attempt) },
  }
}

/** `use` from the door, before there is a route, and `refused` from a guard that says no. */
export function expectedEvents(attempt: Attempt): readonly Event[] {
  const outcome = outcomeOf(attempt)
  if (outcome === 'open') return []
  const [method, path] = attempt.route.split(' ') as [string, string]
  const about = { ...subjectOf(attempt.credential), requiredScopes: [] }
  const request = { id: nameOf(attempt), method, path, route: null, userAgent: 'e2e' }
  const use: Event = { ...about, kind: 'use', outcome: VERDICTS[attempt.credential], request }
  if (outcome !== 'scope' && outcome !== 'user') return [use]
  const refused = { ...about, kind: 'refused', request: { ...request, route: path } } as const
  return outcome === 'scope'
    ? [use, { ...refused, outcome: 'insufficient_scope', requiredScopes: ['drive:write'] }]
    : [use, { ...refused, outcome: 'user_required' }]
}

function outcomeOf({ credential, route }: Attempt): Outcome {
  return OUTCOMES[credential][ROUTES.indexOf(route)] as Outcome
}

function bodyOf({ credential, route }: Attempt): unknown {
  const user = userOf(credential)
  const scopes = credential === 'write' ? ['drive:read', 'drive:write'] : ['drive:read']
  return {
    'GET /public': { message: 'Open to all' },
    'GET /whoami': { token: `token-${credential}`, user, scopes },
    'GET /files': { files: ['plan.txt', 'photo.jpg'] },
    'POST /files': { created: 'notes.txt' },
    'GET /drive': { drive: user },
    'GET /nowhere': null,
  }[route]
}

const NOT_IN_THE_TABLE: readonly CredentialName[] = ['none', 'malformed', 'mistyped', 'unknown']

function subjectOf(credential: CredentialName): Pick<Event, 'tokenId' | 'userId' | 'clientIp'> {
  const known = !NOT_IN_THE_TABLE.includes(credential)
  return {
    tokenId: known ? `token-${credential}` : null,
    userId: known ? userOf(credential) : null,
    clientIp: '127.0.0.1',
  }
}

function userOf(credential: CredentialName): string | null {
  return credential === 'machine' ? null : 'user-1'
}

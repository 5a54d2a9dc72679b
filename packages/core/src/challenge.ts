import type { Denied, DenyReason } from './decision.ts'

/** The HTTP form of a denial. */
export interface Challenge {
  readonly status: 400 | 401 | 403 | 429 | 503
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** RFC 9457 problem details. */
  readonly body: string
}

export interface ChallengeOptions {
  /** RFC 9110 §11.5: names the protection space. */
  readonly realm: string
  /** RFC 9728 §5.1: URL of the protected resource's metadata. */
  readonly resourceMetadata: string | null
  readonly ipDenied: 'conceal' | 'forbidden'
}

interface Answer {
  readonly status: Challenge['status']
  /** The machine-readable word in the body. */
  readonly code: string
  /** RFC 6750 §3.1. */
  readonly error: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | null
  readonly detail: string
}

/** The titles of problems, by status: the reason phrases of RFC 9110 §15 and RFC 6585 §4. */
export const STATUS_TITLES: Readonly<Record<400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 503, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

const INVALID_TOKEN: Answer = {
  status: 401,
  code: 'invalid_token',
  error: 'invalid_token',
  detail: 'The access token is not valid',
}

const FORBIDDEN_ADDRESS: Answer = {
  status: 403,
  code: 'ip_not_allowed',
  error: null,
  detail: 'The access token may not be used from this address',
}

/** Every denial's answer. Where two rows are the same object, a client cannot tell the reasons apart. */
const ANSWERS = {
  missing_credential: { status: 401, code: 'missing_token', error: null, detail: 'An access token is required' },
  malformed_credential: {
    status: 400,
    code: 'invalid_request',
    error: 'invalid_request',
    detail: 'The request must carry exactly one well-formed access token',
  },
  malformed_token: INVALID_TOKEN,
  unknown_token: INVALID_TOKEN,
  revoked: INVALID_TOKEN,
  superseded: INVALID_TOKEN,
  expired: INVALID_TOKEN,
  principal_disabled: INVALID_TOKEN,
  user_disabled: INVALID_TOKEN,
  ip_denied: INVALID_TOKEN,
  user_required: {
    status: 403,
    code: 'user_required',
    error: null,
    detail: 'The access token must be bound to a user',
  },
  insufficient_scope: {
    status: 403,
    code: 'insufficient_scope',
    error: 'insufficient_scope',
    detail: 'The access token does not hold the required scopes',
  },
  rate_limited: { status: 429, code: 'rate_limited', error: null, detail: 'Too many requests' },
  unavailable: {
    status: 503,
    code: 'unavailable',
    error: null,
    detail: 'The access token cannot be verified at the moment',
  },
} as const satisfies Record<DenyReason, Answer>

/**
 * Builds the function that turns denials into answers. `requestId` is put into the body, so that a client can quote it.
 */
export function createChallenger(options: ChallengeOptions): (denied: Denied, requestId: string | null) => Challenge {
  return (denied, requestId) => {
    const answer = answerTo(denied, options)
    return { status: answer.status, headers: headers(answer, denied, options), body: body(answer, denied, requestId) }
  }
}

function answerTo(denied: Denied, options: ChallengeOptions): Answer {
  const forbidden = denied.reason === 'ip_denied' && options.ipDenied === 'forbidden'
  return forbidden ? FORBIDDEN_ADDRESS : ANSWERS[denied.reason]
}

function headers(answer: Answer, denied: Denied, options: ChallengeOptions): [string, string][] {
  const list: [string, string][] = [
    ['Content-Type', 'application/problem+json'],
    ['Cache-Control', 'no-store'],
  ]
  if (answer.status < 429) list.push(['WWW-Authenticate', `Bearer ${parameters(answer, denied, options)}`])
  if (denied.retryAfterSeconds !== null) list.push(['Retry-After', String(denied.retryAfterSeconds)])
  return list
}

/** RFC 6750 §3: each parameter once, `realm` always, so that the scheme is never bare. */
function parameters(answer: Answer, denied: Denied, options: ChallengeOptions): string {
  const entries: [string, string | null][] = [
    ['realm', options.realm],
    ['error', answer.error],
    ['error_description', answer.error === null ? null : answer.detail],
    ['scope', answer.error === 'insufficient_scope' ? denied.requiredScopes.join(' ') : null],
    ['resource_metadata', options.resourceMetadata],
  ]
  return entries
    .filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== '')
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ')
}

/** RFC 9110 §5.6.4. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

function body(answer: Answer, denied: Denied, requestId: string | null): string {
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_TITLES[answer.status],
    status: answer.status,
    detail: denied.detail ?? answer.detail,
    code: answer.code,
    ...(requestId !== null && { request_id: requestId }),
  })
}

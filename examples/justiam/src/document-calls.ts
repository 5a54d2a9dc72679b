import { type CurlRequest, curlLine } from '@patkit/example-program'
import type { DemoTokens } from './demo-tokens.ts'
import { USERS } from './users.ts'

export interface Placeholders extends DemoTokens {
  readonly userJwt: string
  readonly adminJwt: string
  readonly password: string
}

interface Call extends Omit<CurlRequest, 'method' | 'url'> {
  readonly title: string
  readonly status: number
  readonly request: `${'GET' | 'POST' | 'DELETE'} /${string}`
}

/** Every call of the document with its placeholders filled in, one heading and one line each, and then some. */
export function documentCalls(url: string, placeholders: Placeholders): string {
  const calls = [...documented(placeholders), ...beyond(placeholders)]
  return calls.map(({ title, status, ...call }) => `${title}: ${status}\n  ${lineOf(url, call)}`).join('\n')
}

function lineOf(url: string, { request, ...rest }: Omit<Call, 'title' | 'status'>): string {
  const [method = '', path = ''] = request.split(' ')
  return curlLine({ ...rest, method, url: `${url}${path}` })
}

function documented({ userJwt, adminJwt, userToken, userTokenId, serviceToken, serviceTokenId }: Placeholders): Call[] {
  const me = '/api/v1/me/tokens'
  const service = `/api/v1/users/${USERS.serviceAccount.id}/tokens` as const
  const ci = { name: 'CI pipeline', expires_in_days: 90 }
  const terraform = { name: 'Terraform runner', expires_in_days: 365 }
  return [
    { title: 'Create a token', status: 201, request: `POST ${me}`, credential: userJwt, body: ci },
    { title: 'List tokens', status: 200, request: `GET ${me}?page=1&limit=25`, credential: userJwt },
    { title: 'Use a PAT', status: 200, request: 'GET /api/v1/users', credential: userToken },
    { title: 'Revoke a token', status: 204, request: `DELETE ${me}/${userTokenId}`, credential: userJwt },
    {
      ...{ title: 'Create a service account PAT', status: 201, request: `POST ${service}` },
      ...{ credential: adminJwt, body: terraform },
    },
    { title: 'List those of a service account', status: 200, request: `GET ${service}`, credential: adminJwt },
    { title: 'Use one', status: 200, request: 'GET /api/v1/users', credential: serviceToken },
    {
      ...{ title: 'Revoke one', status: 204, request: `DELETE ${service}/${serviceTokenId}` },
      credential: adminJwt,
    },
  ]
}

/** What the document says without a call for it. */
function beyond({ userJwt, adminJwt, userToken, password }: Placeholders): Call[] {
  const { user, admin, serviceAccount } = USERS
  const permission = `DELETE /api/v1/users/${user.id}/permissions/users.view` as const
  return [
    { title: 'A token that was revoked', status: 401, request: 'GET /api/v1/users', credential: userToken },
    {
      ...{ title: 'A user without service_accounts.tokens', status: 403, credential: userJwt },
      request: `GET /api/v1/users/${serviceAccount.id}/tokens`,
    },
    { title: 'Take a permission away', status: 204, request: permission, credential: adminJwt },
    { title: 'It is gone at the next request', status: 403, request: 'GET /api/v1/users', credential: userJwt },
    { title: 'Log in', status: 200, request: 'POST /api/v1/login', body: { username: admin.username, password } },
    {
      ...{ title: 'Service accounts cannot log in', status: 401, request: 'POST /api/v1/login' },
      body: { username: serviceAccount.username, password },
    },
  ]
}

import { type CurlRequest, curlLine } from '@patkit/example-program'
import { type DemoTokens, USER } from './demo.ts'
import { MEDIA_TYPE } from './json-api.ts'

type Titled = CurlRequest & { readonly title: string }

const DAY_MS = 86_400_000
const LIFE_DAYS = 365

/** The document's calls, filled in. The status in a heading is that of the answer. */
export function curlLines(url: string, { bearer, testing }: DemoTokens, now: number): string {
  const token = bearer.secret
  const call = (title: string, method: string, path: string, more: Partial<CurlRequest> = {}): Titled => {
    return { title, method, url: `${url}${path}`, credential: token, mediaType: MEDIA_TYPE, ...more }
  }
  const tokens = `/users/${USER.principalId}/api-tokens`
  const calls = [
    call('Create: 201', 'POST', tokens, { body: creation(now) }),
    call('List: 200', 'GET', tokens),
    call('Revoke: 200', 'DELETE', `${tokens}/${testing.id}`),
    call('A route that needs "customers": 200', 'GET', '/customers'),
    call('A route that needs "customers-write": 200', 'POST', '/customers/1/archive'),
    call('Not signed with the key: 401', 'GET', '/customers', { credential: mistyped(token) }),
    call('No token: 401', 'GET', '/customers', { credential: undefined }),
  ]
  return calls.map(({ title, ...request }) => `${title}\n  ${curlLine(request)}`).join('\n')
}

function creation(now: number): object {
  const expiration = new Date(now + LIFE_DAYS * DAY_MS).toISOString()
  const attributes = { description: 'Production token', scope: 'customers applications', expiration }
  return { data: { type: 'apiToken', attributes } }
}

/** A character in the middle is another one. */
function mistyped(token: string): string {
  const middle = token.length >> 1
  return `${token.slice(0, middle)}${token[middle] === 'A' ? 'B' : 'A'}${token.slice(middle + 1)}`
}

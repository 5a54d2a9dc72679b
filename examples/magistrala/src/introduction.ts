import { curlLine, type Introduction, type IssuedDemoToken } from '@patkit/example-program'
import { DOMAIN } from './people.ts'
import { scopeId } from './scope-id.ts'
import { CHANNEL, READ_CHANNEL } from './seed.ts'

export interface Bearers {
  readonly user: string
  readonly otherUser: string
}

interface Call {
  readonly title: string
  readonly status: number
  /** `GET /path`. */
  readonly request: string
  readonly credential: string
  readonly body?: object
}

const ROUTES = {
  publish: 'POST /domains/{domain}/channels/{entity}/messages',
  entity: 'GET /domains/{domain}/channels/{entity}',
}

/** For programs. */
export function dataOf(url: string, { user, otherUser }: Bearers): object {
  return { url, credentials: { user, otherUser, domainId: DOMAIN }, routes: ROUTES }
}

export function introduce(url: string, bearers: Bearers, pat: IssuedDemoToken): Introduction {
  const lines = calls(bearers.user, pat).map((call) => `${call.title}: ${call.status}\n${line(url, call)}`)
  const text = [
    `Magistrala listens on ${url}. The document's calls, in its order; the number is the status of the answer:`,
    '',
    ...lines,
    '',
    'Another user, whose PATs are others:',
    `  ${curlLine({ method: 'GET', url: `${url}/pats`, credential: bearers.otherUser })}`,
    '',
  ].join('\n')
  return { data: dataOf(url, bearers), text }
}

/** Each finds what the calls before it have left. */
function calls(user: string, pat: IssuedDemoToken): readonly Call[] {
  const one = `/pats/${pat.id}`
  const channel = filled(ROUTES.entity)
  const publish = filled(ROUTES.publish)
  const all = { optional_domain_id: DOMAIN, entity_type: 'channels', entity_id: '*', operation: 'subscribe' }
  const asUser = { credential: user }
  const asPat = { credential: pat.secret }
  const creation = { name: 'my sensor', description: 'on the roof', duration: '30d', scopes: [all] }
  return [
    { title: 'Create a PAT', status: 201, request: 'POST /pats', ...asUser, body: creation },
    { title: 'View PATs', status: 200, request: 'GET /pats', ...asUser },
    { title: 'View a PAT', status: 200, request: `GET ${one}`, ...asUser },
    { title: 'Use a PAT: read a channel', status: 200, request: channel, ...asPat },
    { title: 'Publish with it', status: 202, request: publish, ...asPat, body: { v: 21.5 } },
    { title: 'Subscribe, which it may not', status: 403, request: publish.replace('POST', 'GET'), ...asPat },
    { title: 'Add a scope', status: 200, request: `PATCH ${one}/scope/add`, ...asUser, body: { scopes: [all] } },
    { title: 'Now it may', status: 200, request: publish.replace('POST', 'GET'), ...asPat },
    { title: 'List scopes', status: 200, request: `GET ${one}/scope`, ...asUser },
    {
      title: 'Delete a scope',
      status: 200,
      request: `PATCH ${one}/scope/remove`,
      ...asUser,
      body: { scopes_id: [scopeId(pat.id, READ_CHANNEL)] },
    },
    { title: 'The channel is closed to it', status: 403, request: channel, ...asPat },
    { title: 'Delete all scopes', status: 200, request: `DELETE ${one}/scope`, ...asUser },
    { title: 'Rename', status: 200, request: `PATCH ${one}/name`, ...asUser, body: { name: 'my phone' } },
    { title: 'Revoke', status: 204, request: `PATCH ${one}/secret/revoke`, ...asUser },
    { title: 'A revoked PAT', status: 401, request: publish, ...asPat, body: { v: 21.5 } },
    { title: 'View revoked PATs', status: 200, request: 'GET /pats?status=revoked', ...asUser },
    { title: 'Regenerate', status: 200, request: `PATCH ${one}/secret/reset`, ...asUser, body: { duration: '7d' } },
    { title: 'Delete a PAT', status: 204, request: `DELETE ${one}`, ...asUser },
    { title: 'Delete all PATs', status: 200, request: 'DELETE /pats', ...asUser },
  ]
}

function filled(path: string): string {
  return path.replace('{domain}', DOMAIN).replace('{entity}', CHANNEL)
}

function line(url: string, { request, credential, body }: Call): string {
  const [method = '', path] = request.split(' ')
  return `  ${curlLine({ method, url: `${url}${path}`, credential, body })}`
}

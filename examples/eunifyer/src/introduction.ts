import { curlLine, type Introduction } from '@patkit/example-program'
import { SESSION_PATH } from './app.ts'
import { ADMIN, ALICE, FOREIGN_SYNC, FOREIGNER, SYNC } from './people.ts'
import type { DemoTokens } from './seed.ts'
import type { Sessions } from './sessions.ts'
import { AUDIT_PATH, BASE_PATH } from './shape.ts'

interface Call {
  readonly title: string
  readonly status: number
  /** `GET /path`, below the base path. */
  readonly request: string
  readonly credential: string
  readonly body?: object
}

const YEAR_MS = 365 * 86_400_000

export function introduce(url: string, issued: DemoTokens, sessions: Sessions, now: number): Introduction {
  const passwords = { admin: sessions.passwordOf(ADMIN), member: sessions.passwordOf(ALICE) }
  const data = {
    url,
    credentials: {
      admin: issued.admin.secret,
      servicePrincipalId: SYNC.principalId,
      userId: ALICE.id,
      foreignUserId: FOREIGNER.id,
      foreignServicePrincipalId: FOREIGN_SYNC.principalId,
      ...{ adminEmail: ADMIN.email, adminPassword: passwords.admin },
      ...{ memberEmail: ALICE.email, memberPassword: passwords.member },
    },
    routes: { audit: `${BASE_PATH}${AUDIT_PATH}`, login: `POST ${BASE_PATH}${SESSION_PATH}` },
  }
  const lines = calls(issued, new Date(now + YEAR_MS)).map(
    (call) => `${call.title}: ${call.status}\n${line(url, call)}`,
  )
  const text = [
    `EUnifyer listens on ${url}. The document's calls, in its order; the number is the status of the answer:`,
    '',
    ...lines,
    '',
    `A session instead of a token: POST ${BASE_PATH}${SESSION_PATH} with email and password,`,
    `${ADMIN.email} ${passwords.admin} (administrator) or ${ALICE.email} ${passwords.member} (member).`,
    '',
  ].join('\n')
  return { data, text }
}

function calls({ admin, bound, unbound, elsewhere }: DemoTokens, inAYear: Date): readonly Call[] {
  const principals = '/developer/service-principals'
  const tokens = `${principals}/${SYNC.principalId}/tokens`
  const token = `${tokens}/${bound.id}`
  const expires_at = inAYear.toISOString().replace(/T.*/, 'T00:00:00Z')
  const creation = { name: 'my-sync-script', scopes: ['drive:read', 'drive:write'], expires_at, user_id: ALICE.id }
  const asAdmin = { credential: admin.secret }
  return [
    { title: 'List service principals', status: 200, request: `GET ${principals}`, ...asAdmin },
    { title: 'Create a PAT', status: 201, request: `POST ${tokens}`, ...asAdmin, body: creation },
    { title: 'Use a PAT', status: 200, request: 'GET /drive/browse', credential: bound.secret },
    { title: 'Use it on Sites', status: 200, request: 'GET /sites', credential: bound.secret },
    { title: 'A PAT without a user', status: 403, request: 'GET /drive/browse', credential: unbound.secret },
    { title: 'A PAT for other addresses', status: 401, request: 'GET /drive/browse', credential: elsewhere.secret },
    { title: 'List', status: 200, request: `GET ${tokens}`, ...asAdmin },
    {
      title: 'Update name and expiry',
      status: 200,
      request: `PATCH ${token}`,
      ...asAdmin,
      body: { name: 'sync', expires_at },
    },
    { title: 'Rotate', status: 200, request: `POST ${token}/rotate`, ...asAdmin },
    { title: 'The old secret', status: 401, request: 'GET /drive/browse', credential: bound.secret },
    { title: 'Revoke', status: 204, request: `DELETE ${token}`, ...asAdmin },
    { title: 'The audit log', status: 200, request: `GET ${AUDIT_PATH}`, ...asAdmin },
  ]
}

function line(url: string, { request, credential, body }: Call): string {
  const [method = '', path] = request.split(' ')
  return `  ${curlLine({ method, url: `${url}${BASE_PATH}${path}`, credential, body })}`
}

import { expect, test } from 'vitest'
import { ask, CALLERS, type CallerKind, createHarness, type Harness } from './harness.ts'

/** What a route is called with; `{active}` and `{revoked}` are tokens of the user's. */
interface Call {
  readonly path?: string
  readonly query?: string
  readonly body?: object
  readonly form?: string
  /** Statuses in the order of the callers; `ok` is the route's own. */
  readonly statuses: readonly (number | 'ok')[]
}

// none, basic, other user, other organization, user, admin, plain token, managing token, service's token, disabled token
const ANY_OWN: Call['statuses'] = [401, 401, 'ok', 'ok', 'ok', 'ok', 403, 'ok', 'ok', 401]
const ONE_OWN: Call['statuses'] = [401, 401, 404, 404, 'ok', 404, 403, 'ok', 404, 401]
const MANAGED: Call['statuses'] = [401, 401, 403, 404, 'ok', 'ok', 403, 'ok', 403, 401]
const ADMIN: Call['statuses'] = [401, 401, 403, 'ok', 403, 'ok', 403, 403, 403, 401]
const ADMIN_OF_ONE: Call['statuses'] = [401, 401, 403, 404, 403, 'ok', 403, 403, 403, 401]
const ADMIN_PUTS: Call['statuses'] = [401, 401, 403, 201, 403, 'ok', 403, 403, 403, 401]
const MEMBER: Call['statuses'] = [401, 401, 'ok', 'ok', 'ok', 'ok', 403, 'ok', 'ok', 401]
const SELF: Call['statuses'] = [401, 401, 401, 401, 401, 401, 'ok', 'ok', 'ok', 401]

const CREATION = { name: 'new' }
const RENAMING = { name: 'renamed' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const SCOPES = { scopes: ['drive:read'] }

const MATRIX: Readonly<Record<string, Call>> = {
  describeCaller: { statuses: MEMBER },
  listScopes: { statuses: ANY_OWN },
  createToken: { body: CREATION, statuses: ANY_OWN },
  listTokens: { statuses: ANY_OWN },
  getToken: { statuses: ONE_OWN },
  listTokenEvents: { statuses: ONE_OWN },
  listScopeUses: { statuses: ONE_OWN },
  listSecrets: { statuses: ONE_OWN },
  updateToken: { body: RENAMING, statuses: ONE_OWN },
  addScopes: { body: SCOPES, statuses: ONE_OWN },
  removeScopes: { body: SCOPES, statuses: ONE_OWN },
  clearScopes: { statuses: ONE_OWN },
  rotateToken: { body: {}, statuses: ONE_OWN },
  revokeToken: { statuses: ONE_OWN },
  regenerateToken: { path: '{revoked}', body: {}, statuses: ONE_OWN },
  deleteToken: { statuses: ONE_OWN },
  listScopesOfPrincipal: { statuses: MANAGED },
  createTokenOfPrincipal: { body: CREATION, statuses: MANAGED },
  listTokensOfPrincipal: { statuses: MANAGED },
  getTokenOfPrincipal: { statuses: MANAGED },
  listTokenEventsOfPrincipal: { statuses: MANAGED },
  listScopeUsesOfPrincipal: { statuses: MANAGED },
  listSecretsOfPrincipal: { statuses: MANAGED },
  updateTokenOfPrincipal: { body: RENAMING, statuses: MANAGED },
  addScopesOfPrincipal: { body: SCOPES, statuses: MANAGED },
  removeScopesOfPrincipal: { body: SCOPES, statuses: MANAGED },
  clearScopesOfPrincipal: { statuses: MANAGED },
  rotateTokenOfPrincipal: { body: {}, statuses: MANAGED },
  revokeTokenOfPrincipal: { statuses: MANAGED },
  regenerateTokenOfPrincipal: { path: '{revoked}', body: {}, statuses: MANAGED },
  deleteTokenOfPrincipal: { statuses: MANAGED },
  listOrganizationTokens: { statuses: ADMIN },
  listPrincipals: { statuses: ADMIN },
  getPrincipal: { statuses: ADMIN_OF_ONE },
  putPrincipal: { body: { kind: 'user', ceiling: null }, statuses: ADMIN_PUTS },
  erasePrincipal: { query: '?events=keep', statuses: ADMIN_OF_ONE },
  updatePrincipal: { body: { ceiling: [] }, statuses: ADMIN_OF_ONE },
  listAudit: { statuses: ADMIN },
  inspectSelf: { statuses: SELF },
  rotateSelf: { body: {}, statuses: SELF },
  revokeSelf: { body: {}, statuses: SELF },
  introspectToken: { form: 'token=none', statuses: ADMIN },
  revokePresentedToken: { form: 'token=none', statuses: MEMBER },
}

const { api } = await createHarness()
const cells = api.routes.flatMap((route) =>
  CALLERS.map((caller, index) => [route.id, caller, MATRIX[route.id]?.statuses[index]] as const),
)

test('every route has a row, and every row a route', () => {
  expect(Object.keys(MATRIX).sort()).toEqual(api.routes.map(({ id }) => id).sort())
})

test.each(cells)('%s by %s is %s', async (id, caller, expected) => {
  const harness = await createHarness()
  const before = await harness.everything()
  const answer = await call(harness, id, caller)
  const route = harness.api.routes.find((candidate) => candidate.id === id)
  expect(answer.status, answer.text).toBe(expected === 'ok' ? route?.status : expected)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.has('location')).toBe(answer.status === 201)
  if (answer.status < 300) return
  expect(await harness.everything()).toBe(before)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.headers.has('www-authenticate')).toBe(expected === 401 || answer.body.code === 'insufficient_scope')
})

function call(harness: Harness, id: string, caller: CallerKind) {
  const route = harness.api.routes.find((candidate) => candidate.id === id)
  const { path: token = '{active}', query = '', body, form } = MATRIX[id] as Call
  const path = (route?.path ?? '')
    .replace('{principal_id}', 'ada')
    .replace('{token_id}', token === '{revoked}' ? harness.revoked.id : harness.active.id)
  return ask(
    harness,
    caller,
    (route?.method ?? '').toUpperCase(),
    `${path}${query}`,
    form ?? body,
    form === undefined ? {} : FORM,
  )
}

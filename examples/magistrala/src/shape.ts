import { z } from '@hono/zod-openapi'
import {
  ApiProblem,
  type ApiShape,
  addScopes,
  callerTokens,
  clearScopes,
  createToken,
  deleteToken,
  deleteTokens,
  getToken,
  JSON_SHAPE,
  listTokens,
  NOTHING,
  omitUndefined,
  type Route,
  regenerateToken,
  removeScopes,
  revokeToken,
  route,
  updateToken,
} from '@patkit/api'
import {
  addition,
  creation,
  describing,
  issuedBody,
  issuedPat,
  listQuery,
  naming,
  newLife,
  pageOf,
  pageQuery,
  pat,
  patBody,
  patsPage,
  removal,
  scopesBody,
  scopesPage,
} from './members.ts'
import { scopeId } from './scope-id.ts'

const PATS = '/pats'
const PAT = `${PATS}/{id}`
const SCOPE = `${PAT}/scope`

/** A row about one PAT. */
const ONE = { access: callerTokens, params: z.strictObject({ id: z.string() }), query: NOTHING } as const

/** The document's calls, at the paths and with the members of its published interface. */
export const magistralaShape: ApiShape = {
  ...JSON_SHAPE,
  title: 'Magistrala personal access tokens',
  version: '1',
  fieldNames: { expiry: 'duration' },
  problemMediaType: 'application/json',
  problem: ({ message }) => ({ message }),
  routes: [...patsRoutes(), ...patRoutes(), ...labelRoutes(), ...secretRoutes(), ...scopeRoutes()],
}

function patsRoutes(): Route[] {
  const shared = { path: PATS, access: callerTokens, params: NOTHING } as const
  return [
    route({
      ...shared,
      id: 'createPAT',
      method: 'post',
      summary: 'Create a PAT; the answer has its secret, once',
      query: NOTHING,
      body: creation,
      status: 201,
      answer: issuedPat,
      operation: createToken,
      input: ({ body: { name, description, duration, scopes }, idempotencyKey }) => ({
        ...{ name, expiry: { seconds: duration } },
        ...omitUndefined({ description, scopes, idempotencyKey }),
      }),
      output: issuedBody,
    }),
    route({
      ...shared,
      id: 'listPATs',
      method: 'get',
      summary: 'A page of PATs, the newest first',
      query: listQuery,
      body: null,
      status: 200,
      answer: patsPage,
      operation: listTokens,
      input: ({ query }) => ({ ...omitUndefined(query), ...pageOf(query) }),
      output: ({ items, total }, { query }) => ({ total, ...pageOf(query), pats: items.map(patBody) }),
    }),
    route({
      ...shared,
      id: 'clearAllPATs',
      method: 'delete',
      summary: 'Delete all PATs',
      query: NOTHING,
      body: null,
      status: 200,
      answer: null,
      operation: deleteTokens,
      input: () => undefined,
      output: () => {},
    }),
  ]
}

function patRoutes(): Route[] {
  return [
    route({
      ...ONE,
      id: 'retrievePAT',
      method: 'get',
      path: PAT,
      summary: 'One PAT, without its secret',
      body: null,
      status: 200,
      answer: pat,
      operation: getToken,
      input: ({ params }) => params,
      output: patBody,
    }),
    route({
      ...ONE,
      id: 'deletePAT',
      method: 'delete',
      path: PAT,
      summary: 'Delete a PAT',
      body: null,
      status: 204,
      answer: null,
      operation: deleteToken,
      input: ({ params }) => params,
      output: () => {},
    }),
  ]
}

function labelRoutes(): Route[] {
  const changed = {
    ...ONE,
    method: 'patch',
    status: 200,
    answer: pat,
    operation: updateToken,
    output: patBody,
  } as const
  return [
    route({
      ...changed,
      id: 'updatePATName',
      path: `${PAT}/name`,
      summary: 'Change the name',
      body: naming,
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
    route({
      ...changed,
      id: 'updatePATDescription',
      path: `${PAT}/description`,
      summary: 'Change the description',
      body: describing,
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
  ]
}

function secretRoutes(): Route[] {
  return [
    route({
      ...ONE,
      id: 'resetPATSecret',
      method: 'patch',
      path: `${PAT}/secret/reset`,
      summary: 'A new secret and a new life for a revoked or expired PAT; everything else stays',
      body: newLife,
      status: 200,
      answer: issuedPat,
      operation: regenerateToken,
      input: ({ params, body }) => ({ ...params, expiry: { seconds: body.duration } }),
      output: issuedBody,
    }),
    route({
      ...ONE,
      id: 'revokePATSecret',
      method: 'patch',
      path: `${PAT}/secret/revoke`,
      summary: 'Revoke a PAT, which stays on record',
      body: null,
      status: 204,
      answer: null,
      operation: revokeToken,
      input: ({ params }) => params,
      output: () => {},
    }),
  ]
}

function scopeRoutes(): Route[] {
  const changed = { ...ONE, status: 200, answer: null, output: () => {} } as const
  return [
    route({
      ...ONE,
      id: 'listScopes',
      method: 'get',
      path: SCOPE,
      summary: 'A page of scopes',
      query: pageQuery,
      body: null,
      status: 200,
      answer: scopesPage,
      operation: getToken,
      input: ({ params }) => params,
      output: (view, { query }) => scopesBody(view, query),
    }),
    route({
      ...changed,
      id: 'addScope',
      method: 'patch',
      path: `${SCOPE}/add`,
      summary: 'Add scopes, effective at the next request',
      body: addition,
      operation: addScopes,
      input: ({ params, body }) => ({ ...params, ...body }),
    }),
    route({
      ...changed,
      id: 'removeScope',
      method: 'patch',
      path: `${SCOPE}/remove`,
      summary: 'Remove scopes, effective at the next request',
      body: removal,
      operation: removeScopes,
      input: ({ params: { id }, body }) => ({ id, scopes: (held) => scopesWithIds(id, held, body.scopes_id) }),
    }),
    route({
      ...changed,
      id: 'clearAllScopes',
      method: 'delete',
      path: SCOPE,
      summary: 'Remove all scopes, effective at the next request',
      body: null,
      operation: clearScopes,
      input: ({ params }) => params,
    }),
  ]
}

/** @throws ApiProblem 404 for an id that is not one of this PAT */
function scopesWithIds(patId: string, held: readonly string[], ids: readonly string[]): readonly string[] {
  const names = new Map(held.map((name) => [scopeId(patId, name), name]))
  return ids.map((id) => {
    const name = names.get(id.toLowerCase())
    if (name === undefined) throw new ApiProblem(404, 'not_found', `The PAT has no scope ${id}`)
    return name
  })
}

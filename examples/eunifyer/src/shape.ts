import { z } from '@hono/zod-openapi'
import {
  type ApiShape,
  auditEvent,
  auditEventBody,
  auditInput,
  auditQuery,
  createPrincipal,
  createToken,
  JSON_SHAPE,
  listAudit,
  listPrincipals,
  listTokens,
  NOTHING,
  omitUndefined,
  organizationAdmin,
  principalAdmin,
  principalTokens,
  type Route,
  revokeToken,
  rotateToken,
  route,
  updateToken,
} from '@patkit/api'
import {
  change,
  creation,
  issued,
  issuedBody,
  newServicePrincipal,
  page,
  pageBody,
  pageQuery,
  principalBody,
  servicePrincipal,
  token,
  tokenBody,
} from './members.ts'

export const BASE_PATH = '/api/v1'
export const AUDIT_PATH = '/audit-log'
const PRINCIPALS_PATH = '/developer/service-principals'
const TOKENS_PATH = `${PRINCIPALS_PATH}/{sp_id}/tokens`
const TOKEN_PATH = `${TOKENS_PATH}/{token_id}`

/** The document's table, over the operations that every shape has. */
export const eunifyerShape: ApiShape = {
  title: 'EUnifyer developer API',
  version: '1',
  ...JSON_SHAPE,
  routes: [...principalRoutes(), ...tokensRoutes(), ...tokenRoutes(), auditRoute()],
}

function principalRoutes(): Route[] {
  const shared = { path: PRINCIPALS_PATH, access: principalAdmin, params: NOTHING } as const
  return [
    route({
      ...shared,
      id: 'listServicePrincipals',
      method: 'get',
      summary: 'A page of service principals',
      query: pageQuery,
      body: null,
      status: 200,
      answer: page(servicePrincipal),
      operation: listPrincipals,
      input: ({ query }) => ({ ...omitUndefined(query), kind: 'service' as const }),
      output: ({ items, next }, { query }) => pageBody(items.map(principalBody), next, query),
    }),
    route({
      ...shared,
      id: 'createServicePrincipal',
      method: 'post',
      summary: 'Make a service principal',
      query: NOTHING,
      body: newServicePrincipal,
      status: 201,
      answer: servicePrincipal,
      operation: createPrincipal,
      input: ({ body }) => ({
        principalId: `sp_${body.name}`,
        kind: 'service' as const,
        disabledAt: null,
        ceiling: body.scopes ?? null,
      }),
      output: principalBody,
    }),
  ]
}

function tokensRoutes(): Route[] {
  const shared = {
    path: TOKENS_PATH,
    access: principalTokens('sp_id', 'service'),
    params: z.strictObject({ sp_id: z.string() }),
  } as const
  return [
    route({
      ...shared,
      id: 'createToken',
      method: 'post',
      summary: 'Create a PAT; the answer has its secret, once',
      query: NOTHING,
      body: creation,
      status: 201,
      answer: issued,
      operation: createToken,
      input: ({ body, idempotencyKey }) => ({
        name: body.name,
        ...omitUndefined({ scopes: body.scopes, expiry: body.expires_at, userId: body.user_id }),
        ...omitUndefined({ ipAllowlist: body.ip_allowlist, idempotencyKey }),
      }),
      output: issuedBody,
    }),
    route({
      ...shared,
      id: 'listTokens',
      method: 'get',
      summary: 'A page of PATs, the newest first',
      query: pageQuery,
      body: null,
      status: 200,
      answer: page(token),
      operation: listTokens,
      input: ({ query }) => omitUndefined(query),
      output: ({ items, next }, { query }) => pageBody(items.map(tokenBody), next, query),
    }),
  ]
}

function tokenRoutes(): Route[] {
  const shared = {
    path: TOKEN_PATH,
    access: principalTokens('sp_id', 'service'),
    params: z.strictObject({ sp_id: z.string(), token_id: z.string() }),
    query: NOTHING,
  } as const
  return [
    route({
      ...shared,
      id: 'updateToken',
      method: 'patch',
      summary: 'Change name or expiry',
      body: change,
      status: 200,
      answer: token,
      operation: updateToken,
      input: ({ params, body }) => ({
        id: params.token_id,
        ...omitUndefined({ name: body.name, expiry: body.expires_at }),
      }),
      output: tokenBody,
    }),
    route({
      ...shared,
      id: 'revokeToken',
      method: 'delete',
      summary: 'Revoke: the end, without a replacement',
      body: null,
      status: 204,
      answer: null,
      operation: revokeToken,
      input: ({ params }) => ({ id: params.token_id }),
      output: () => {},
    }),
    route({
      ...shared,
      id: 'rotateToken',
      method: 'post',
      path: `${TOKEN_PATH}/rotate`,
      summary: 'A new secret; the old one is dead at once, the binding stays',
      body: NOTHING,
      status: 200,
      answer: issued,
      operation: rotateToken,
      input: ({ params }) => ({ id: params.token_id }),
      output: issuedBody,
    }),
  ]
}

function auditRoute(): Route {
  return route({
    id: 'listAudit',
    method: 'get',
    path: AUDIT_PATH,
    summary: 'Uses of tokens and changes to them, the newest first',
    access: organizationAdmin,
    params: NOTHING,
    query: auditQuery,
    body: null,
    status: 200,
    answer: page(auditEvent),
    operation: listAudit,
    input: ({ query }) => auditInput(query),
    output: ({ items, next }, { query }) => pageBody(items.map(auditEventBody), next, query),
  })
}

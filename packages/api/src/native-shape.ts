import { z } from '@hono/zod-openapi'
import { DENY_REASONS } from '@patkit/core'
import type { Issued, LoggedEvent, TokenView } from '@patkit/tokens'
import { instant, instantOut, NOTHING, pageSize, scopeList } from './fields.ts'
import {
  addScopes,
  clearScopes,
  createToken,
  deleteToken,
  getToken,
  inspectSelf,
  listAudit,
  listPrincipals,
  listTokens,
  regenerateToken,
  removeScopes,
  revokeSelf,
  revokeToken,
  rotateSelf,
  rotateToken,
  updateToken,
} from './operations.ts'
import { type Route, route } from './route.ts'
import { type Entry, type OwnerScene, ofPrincipal, organization, own, presentedToken } from './scene.ts'
import { type ApiShape, JSON_SHAPE } from './shape.ts'

const token = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    hint: z
      .string()
      .openapi({ description: 'Prefix and last four characters of the secret', example: 'acme_pat_…x7Kq' }),
    status: z.enum(['active', 'expired', 'revoked']),
    scopes: z.array(z.string()),
    user_id: z.string().nullable(),
    ip_allowlist: z.array(z.string()).nullable(),
    created_at: instantOut,
    created_by: z.string(),
    expires_at: instantOut.nullable(),
    revoked_at: instantOut.nullable(),
    last_used_at: instantOut.nullable(),
    last_used_ip: z.string().nullable(),
    use_count: z.number().int(),
  })
  .openapi('Token')

const issued = token
  .extend({ secret: z.string().openapi({ description: 'The token itself: it is shown once, and kept by nobody' }) })
  .openapi('IssuedToken')

/** An event of the audit log, as JSON. */
export const auditEvent = z
  .object({
    id: z.string(),
    at: instantOut,
    kind: z.enum(['use', 'refused', 'change']),
    outcome: z.string(),
    actor_id: z.string().nullable(),
    token_id: z.string().nullable(),
    principal_id: z.string().nullable(),
    user_id: z.string().nullable(),
    client_ip: z.string().nullable(),
    request: z
      .object({
        id: z.string().nullable(),
        method: z.string(),
        path: z.string().nullable(),
        user_agent: z.string().nullable(),
      })
      .nullable(),
    required_scopes: z.array(z.string()),
    count: z.number().int(),
  })
  .openapi('AuditEvent')

/** Which events are asked for. */
export const auditQuery = z.strictObject({
  token_id: z.string().optional(),
  principal_id: z.string().optional(),
  outcome: z.enum(['allowed', 'denied', 'changed']).optional(),
  reason: z.enum(DENY_REASONS).optional(),
  client_ip: z.string().optional(),
  from: instant.optional(),
  until: instant.optional(),
  limit: pageSize.optional(),
  cursor: z.string().optional(),
})

const expiry = {
  expires_at: instant.nullable().optional(),
  expires_in_days: z.number().int().min(1).max(36_500).optional(),
}

const creation = z
  .strictObject({
    name: z.string(),
    description: z.string().nullable().optional(),
    scopes: scopeList.optional(),
    ip_allowlist: z.array(z.string()).nullable().optional(),
    user_id: z.string().nullable().optional(),
    ...expiry,
  })
  .refine(hasOneExpiry, { path: ['expires_in_days'], message: 'cannot stand beside expires_at' })

const update = z.strictObject({
  name: z.string().optional(),
  description: z.string().nullable().optional(),
  scopes: scopeList.optional(),
  ip_allowlist: z.array(z.string()).nullable().optional(),
  expires_at: instant.nullable().optional(),
})

const overlap = z.strictObject({ overlap_seconds: z.number().int().min(0).optional() })
const newLife = z.strictObject(expiry).refine(hasOneExpiry, {
  path: ['expires_in_days'],
  message: 'cannot stand beside expires_at',
})
const scopesBody = z.strictObject({ scopes: scopeList })
const listQuery = z.strictObject({
  status: z.enum(['active', 'expired', 'revoked', 'all']).optional(),
  search: z.string().max(100).optional(),
  limit: pageSize.optional(),
  cursor: z.string().optional(),
})
const page = <T extends z.ZodType>(items: T) => z.object({ items: z.array(items), next_cursor: z.string().nullable() })

/** patkit's own shape: every operation, on the caller's tokens and on those of principals it manages. */
export function nativeShape(): ApiShape {
  return {
    title: 'Personal access tokens',
    version: '1',
    ...JSON_SHAPE,
    routes: [
      ...tokenRoutes('own', '', own),
      ...tokenRoutes('principal', '/principals/{principal_id}', ofPrincipal('principal_id')),
      ...organizationRoutes(),
      ...selfRoutes(),
    ],
  }
}

/** The same rows for whoever's tokens these are. */
function tokenRoutes(whose: string, prefix: string, entry: Entry<OwnerScene>): Route[] {
  const holder = prefix === '' ? NOTHING : z.strictObject({ principal_id: z.string() })
  const named = holder.extend({ token_id: z.string() })
  const list = { params: holder, query: NOTHING, entry }
  const one = { params: named, query: NOTHING, entry }
  const idOf = ({ params }: { readonly params: object }) => ({ id: (params as { token_id: string }).token_id })
  const path = `${prefix}/tokens`
  const onePath = `${path}/{token_id}`
  const suffix = whose === 'own' ? '' : 'OfPrincipal'
  return [
    route({
      ...list,
      id: `createToken${suffix}`,
      method: 'post',
      path,
      summary: 'Make a token; the answer has its secret, once',
      body: creation,
      status: 201,
      answer: issued,
      operation: createToken,
      input: ({ body, idempotencyKey }) => ({
        name: body.name,
        ...given({ description: body.description, scopes: body.scopes, userId: body.user_id }),
        ...given({ ipAllowlist: body.ip_allowlist, expiry: expiryOf(body), idempotencyKey }),
      }),
      output: issuedBody,
    }),
    route({
      ...list,
      id: `listTokens${suffix}`,
      method: 'get',
      path,
      summary: 'A page of tokens, the newest first',
      query: listQuery,
      body: null,
      status: 200,
      answer: page(token).extend({ total: z.number().int() }),
      operation: listTokens,
      input: ({ query }) => given(query),
      output: ({ items, next, total }) => ({ items: items.map(tokenBody), next_cursor: next, total }),
    }),
    route({
      ...one,
      id: `getToken${suffix}`,
      method: 'get',
      path: onePath,
      summary: 'One token',
      body: null,
      status: 200,
      answer: token,
      operation: getToken,
      input: idOf,
      output: tokenBody,
    }),
    route({
      ...one,
      id: `updateToken${suffix}`,
      method: 'patch',
      path: onePath,
      summary: 'Change name, description, scopes, addresses or expiry',
      body: update,
      status: 200,
      answer: token,
      operation: updateToken,
      input: ({ body, ...parts }) => ({
        ...idOf(parts),
        ...given({ name: body.name, description: body.description, scopes: body.scopes }),
        ...given({ ipAllowlist: body.ip_allowlist, expiry: body.expires_at }),
      }),
      output: tokenBody,
    }),
    ...scopeRoutes(suffix, onePath, one, idOf),
    ...lifeRoutes(suffix, onePath, one, idOf),
  ]
}

type One = {
  readonly params: z.ZodObject
  readonly query: typeof NOTHING
  readonly entry: Entry<OwnerScene>
}
type IdOf = (parts: { readonly params: object }) => { readonly id: string }

function scopeRoutes(suffix: string, onePath: string, one: One, idOf: IdOf): Route[] {
  const shared = { ...one, path: `${onePath}/scopes`, status: 200, answer: token, output: tokenBody } as const
  return [
    route({
      ...shared,
      id: `addScopes${suffix}`,
      method: 'post',
      summary: 'Add scopes, effective at the next request',
      body: scopesBody,
      operation: addScopes,
      input: ({ body, ...parts }) => ({ ...idOf(parts), scopes: body.scopes }),
    }),
    route({
      ...shared,
      id: `removeScopes${suffix}`,
      method: 'post',
      path: `${onePath}/scopes/remove`,
      summary: 'Remove scopes, effective at the next request',
      body: scopesBody,
      operation: removeScopes,
      input: ({ body, ...parts }) => ({ ...idOf(parts), scopes: body.scopes }),
    }),
    route({
      ...shared,
      id: `clearScopes${suffix}`,
      method: 'delete',
      summary: 'Remove all scopes',
      body: null,
      operation: clearScopes,
      input: idOf,
    }),
  ]
}

function lifeRoutes(suffix: string, onePath: string, one: One, idOf: IdOf): Route[] {
  return [
    route({
      ...one,
      id: `rotateToken${suffix}`,
      method: 'post',
      path: `${onePath}/rotate`,
      summary: 'A new secret for an active token; the old one ends at once, or after an overlap',
      body: overlap,
      status: 200,
      answer: issued,
      operation: rotateToken,
      input: ({ body, ...parts }) => ({ ...idOf(parts), ...given({ overlapSeconds: body.overlap_seconds }) }),
      output: issuedBody,
    }),
    route({
      ...one,
      id: `revokeToken${suffix}`,
      method: 'post',
      path: `${onePath}/revoke`,
      summary: 'The end of a token, which stays on record',
      body: null,
      status: 200,
      answer: token,
      operation: revokeToken,
      input: idOf,
      output: tokenBody,
    }),
    route({
      ...one,
      id: `regenerateToken${suffix}`,
      method: 'post',
      path: `${onePath}/regenerate`,
      summary: 'A new secret and a new life for a revoked or expired token',
      body: newLife,
      status: 200,
      answer: issued,
      operation: regenerateToken,
      input: ({ body, ...parts }) => ({ ...idOf(parts), ...given({ expiry: expiryOf(body) }) }),
      output: issuedBody,
    }),
    route({
      ...one,
      id: `deleteToken${suffix}`,
      method: 'delete',
      path: onePath,
      summary: 'Remove a token; its history stays',
      body: null,
      status: 204,
      answer: null,
      operation: deleteToken,
      input: idOf,
      output: () => {},
    }),
  ]
}

function organizationRoutes(): Route[] {
  const shared = { method: 'get', entry: organization, params: NOTHING, body: null, status: 200 } as const
  return [
    route({
      ...shared,
      id: 'listPrincipals',
      path: '/principals',
      summary: "The organization's principals, in the order of their ids",
      query: z.strictObject({ limit: pageSize.optional(), cursor: z.string().optional() }),
      answer: page(
        z
          .object({ id: z.string(), kind: z.enum(['user', 'service']), disabled_at: instantOut.nullable() })
          .openapi('Principal'),
      ),
      operation: listPrincipals,
      input: ({ query }) => given(query),
      output: ({ items, next }) => ({
        items: items.map(({ principalId, kind, disabledAt }) => ({
          id: principalId,
          kind,
          disabled_at: disabledAt?.toISOString() ?? null,
        })),
        next_cursor: next,
      }),
    }),
    route({
      ...shared,
      id: 'listAudit',
      path: '/audit',
      summary: 'Uses of tokens and changes to them, the newest first',
      query: auditQuery,
      answer: page(auditEvent),
      operation: listAudit,
      input: ({ query }) => auditInput(query),
      output: ({ items, next }) => ({ items: items.map(auditEventBody), next_cursor: next }),
    }),
  ]
}

function selfRoutes(): Route[] {
  const shared = { entry: presentedToken, params: NOTHING, query: NOTHING, status: 200 } as const
  return [
    route({
      ...shared,
      id: 'inspectSelf',
      method: 'get',
      path: '/self',
      summary: 'The token that is presented',
      body: null,
      answer: token,
      operation: inspectSelf,
      input: () => undefined,
      output: tokenBody,
    }),
    route({
      ...shared,
      id: 'rotateSelf',
      method: 'post',
      path: '/self/rotate',
      summary: 'A new secret for the token that is presented',
      body: overlap,
      answer: issued,
      operation: rotateSelf,
      input: ({ body }) => given({ overlapSeconds: body.overlap_seconds }),
      output: issuedBody,
    }),
    route({
      ...shared,
      id: 'revokeSelf',
      method: 'post',
      path: '/self/revoke',
      summary: 'The end of the token that is presented',
      body: null,
      answer: token,
      operation: revokeSelf,
      input: () => undefined,
      output: tokenBody,
    }),
  ]
}

function tokenBody(view: TokenView): z.input<typeof token> {
  const { id, name, description, hint, status, userId, ipAllowlist, createdBy, lastUsedIp, useCount } = view
  return {
    ...{ id, name, description, hint, status, scopes: [...view.scopes], user_id: userId },
    ip_allowlist: ipAllowlist === null ? null : [...ipAllowlist],
    created_at: view.createdAt.toISOString(),
    created_by: createdBy,
    expires_at: view.expiresAt?.toISOString() ?? null,
    revoked_at: view.revokedAt?.toISOString() ?? null,
    last_used_at: view.lastUsedAt?.toISOString() ?? null,
    last_used_ip: lastUsedIp,
    use_count: useCount,
  }
}

function issuedBody({ token: view, secret }: Issued): z.input<typeof issued> {
  return { ...tokenBody(view), secret: secret.reveal() }
}

export function auditEventBody(logged: LoggedEvent): z.input<typeof auditEvent> {
  const { id, kind, tokenId, principalId } = logged
  const shared = { id, at: logged.at.toISOString(), kind, token_id: tokenId, principal_id: principalId }
  if (logged.kind === 'change') {
    const nothing = { user_id: null, client_ip: null, request: null, required_scopes: [], count: 1 }
    return { ...shared, ...nothing, outcome: logged.verb, actor_id: logged.actorId }
  }
  const { request, userId, clientIp, requiredScopes, count, outcome } = logged
  return {
    ...{ ...shared, outcome, count, actor_id: null, user_id: userId, client_ip: clientIp },
    request: { id: request.id, method: request.method, path: request.path, user_agent: request.userAgent },
    required_scopes: [...requiredScopes],
  }
}

export function auditInput({ token_id, principal_id, client_ip, ...query }: z.output<typeof auditQuery>) {
  return given({ ...query, tokenId: token_id, principalId: principal_id, clientIp: client_ip })
}

function expiryOf(body: {
  readonly expires_at?: Date | null | undefined
  readonly expires_in_days?: number | undefined
}) {
  return body.expires_in_days === undefined ? body.expires_at : { days: body.expires_in_days }
}

function hasOneExpiry(body: { readonly expires_at?: unknown; readonly expires_in_days?: unknown }): boolean {
  return body.expires_at === undefined || body.expires_in_days === undefined
}

/** Without the members that were not given: an option that is `undefined` would be one. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

import { z } from '@hono/zod-openapi'
import type { AccessPolicy, OwnerContext } from '../access-policy.ts'
import { NOTHING, spacedScopes } from '../fields.ts'
import {
  createToken,
  deleteToken,
  getToken,
  listScopes,
  listTokenEvents,
  listTokens,
  updateToken,
} from '../operations.ts'
import { type Route, route } from '../route.ts'
import { auditEvent, auditPage } from './audit-event.ts'
import { auditInput, eventQuery } from './audit-query.ts'
import { lifeRows } from './life-routes.ts'
import { omitUndefined } from './omit-undefined.ts'
import type { OneToken } from './one-token.ts'
import { page } from './page.ts'
import { scopeRows } from './scope-routes.ts'
import { issued, issuedBody, token, tokenBody } from './token-body.ts'
import { creation, expiryOf, update } from './token-input.ts'
import { listInput, listQuery } from './token-list.ts'

/** Whose tokens the rows are about. */
export interface Holder {
  readonly access: AccessPolicy<OwnerContext>
  /** Before `/tokens`. */
  readonly prefix: string
  readonly params: z.ZodObject
  /** Behind the names of operations. */
  readonly suffix: string
}

/** The same rows for the caller's tokens and for those of a principal. */
export function tokenRows({ access, prefix, params, suffix }: Holder): Route[] {
  const path = `${prefix}/tokens`
  const one: OneToken = {
    row: { access, params: params.extend({ token_id: z.string() }), query: NOTHING },
    path: `${path}/{token_id}`,
    suffix,
    idOf: (parts) => ({ id: (parts.params as { token_id: string }).token_id }),
  }
  const list = { access, params, path }
  return [
    scopesRow({ access, params, path: `${prefix}/scopes` }, suffix),
    ...[createRow(list, suffix), listRow(list, suffix)],
    ...oneRows(one),
    eventsRow(one),
    ...scopeRows(one),
    ...lifeRows(one),
  ]
}

type List = Pick<Holder, 'access' | 'params'> & { readonly path: string }

const scopeOffer = z
  .object({
    name: z.string(),
    label: z.string(),
    grantable: z.boolean().openapi({ description: 'Whether the caller may give it to a token of this owner' }),
  })
  .openapi('Scope')

/** An address of this length passes proxies with the usual limit of 8 KiB. */
const MOST_NAMES = 25

const offerQuery = z.object({
  names: spacedScopes(MOST_NAMES, 'Scopes instead of those of the catalog, separated by spaces'),
})

function scopesRow(list: List, suffix: string): Route {
  return route({
    ...list,
    id: `listScopes${suffix}`,
    method: 'get',
    summary: 'The scopes of the catalog, or the named ones, and which of them the caller may grant',
    query: offerQuery,
    body: null,
    status: 200,
    answer: z.object({ items: z.array(scopeOffer) }),
    operation: listScopes,
    input: ({ query }) => query,
    output: (offers) => ({ items: offers.map(({ isGrantable, ...offer }) => ({ ...offer, grantable: isGrantable })) }),
  })
}

function createRow(list: List, suffix: string): Route {
  return route({
    ...list,
    id: `createToken${suffix}`,
    method: 'post',
    summary: 'Make a token; the answer has its secret, once',
    query: NOTHING,
    body: creation,
    status: 201,
    isIdempotent: true,
    location: ({ token: { id } }) => [id],
    answer: issued,
    operation: createToken,
    input: ({ body, idempotencyKey }) => ({
      name: body.name,
      ...omitUndefined({ description: body.description, scopes: body.scopes, userId: body.user_id }),
      ...omitUndefined({ ipAllowlist: body.ip_allowlist, expiry: expiryOf(body), idempotencyKey }),
    }),
    output: issuedBody,
  })
}

function listRow(list: List, suffix: string): Route {
  return route({
    ...list,
    id: `listTokens${suffix}`,
    method: 'get',
    summary: 'A page of tokens, by default the newest first; the other orders ascend by default',
    query: listQuery,
    body: null,
    status: 200,
    answer: page(token).extend({ total: z.number().int() }),
    operation: listTokens,
    input: ({ query }) => listInput(query),
    output: ({ items, next, total }) => ({ items: items.map(tokenBody), next_cursor: next, total }),
  })
}

function eventsRow({ row, path, suffix, idOf }: OneToken): Route {
  return route({
    ...row,
    path: `${path}/events`,
    id: `listTokenEvents${suffix}`,
    method: 'get',
    summary: 'Uses of a token and changes to it, the newest first',
    query: eventQuery,
    body: null,
    status: 200,
    answer: page(auditEvent),
    operation: listTokenEvents,
    input: ({ query, ...parts }) => ({ ...idOf(parts), ...auditInput(query) }),
    output: auditPage,
  })
}

function oneRows({ row, path, suffix, idOf }: OneToken): Route[] {
  const shown = { ...row, path, status: 200, answer: token, output: tokenBody } as const
  return [
    route({
      ...shown,
      id: `getToken${suffix}`,
      method: 'get',
      summary: 'One token',
      body: null,
      operation: getToken,
      input: idOf,
    }),
    route({
      ...shown,
      id: `updateToken${suffix}`,
      method: 'patch',
      bodyKind: 'merge-patch',
      summary: 'Change name, description, scopes, addresses or expiry',
      body: update,
      operation: updateToken,
      input: ({ body, ...parts }) => ({
        ...idOf(parts),
        ...omitUndefined({ name: body.name, description: body.description, scopes: body.scopes }),
        ...omitUndefined({ ipAllowlist: body.ip_allowlist, expiry: body.expires_at }),
      }),
    }),
    route({
      ...row,
      path,
      id: `deleteToken${suffix}`,
      method: 'delete',
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

import { z } from '@hono/zod-openapi'
import { instantOut } from '../fields.ts'
import { addScopes, clearScopes, listScopeUses, removeScopes } from '../operations.ts'
import { type Route, route } from '../route.ts'
import type { OneToken } from './one-token.ts'
import { token, tokenBody } from './token-body.ts'
import { someScopes } from './token-input.ts'

const scopeUse = z
  .object({
    scope: z.string(),
    recorded_since: instantOut
      .nullable()
      .openapi({ description: 'All uses from this instant on are on record; null where they are not' }),
    last_used_at: instantOut.nullable().openapi({ description: 'The last recorded use' }),
  })
  .openapi('ScopeUse')

function usesRow({ row, path, suffix, idOf }: OneToken): Route {
  return route({
    ...row,
    id: `listScopeUses${suffix}`,
    method: 'get',
    path: `${path}/scopes`,
    summary: 'The scopes of a token with the last recorded use of each',
    body: null,
    status: 200,
    answer: z.object({ items: z.array(scopeUse) }),
    operation: listScopeUses,
    input: idOf,
    output: (uses) => ({
      items: uses.map(({ scope, recordedSince, lastUsedAt }) => ({
        scope,
        recorded_since: recordedSince?.toISOString() ?? null,
        last_used_at: lastUsedAt?.toISOString() ?? null,
      })),
    }),
  })
}

/** Routes for the scopes of a token. */
export function scopeRows(one: OneToken): Route[] {
  const { row, path, suffix, idOf } = one
  const shown = { ...row, path: `${path}/scopes`, status: 200, answer: token, output: tokenBody } as const
  return [
    usesRow(one),
    route({
      ...shown,
      id: `addScopes${suffix}`,
      method: 'post',
      summary: 'Add scopes, effective at the next request',
      body: someScopes,
      operation: addScopes,
      input: ({ body, ...parts }) => ({ ...idOf(parts), scopes: body.scopes }),
    }),
    route({
      ...shown,
      id: `removeScopes${suffix}`,
      method: 'post',
      path: `${path}/scopes/remove`,
      summary: 'Remove scopes, effective at the next request',
      body: someScopes,
      operation: removeScopes,
      input: ({ body, ...parts }) => ({ ...idOf(parts), scopes: body.scopes }),
    }),
    route({
      ...shown,
      id: `clearScopes${suffix}`,
      method: 'delete',
      summary: 'Remove all scopes',
      body: null,
      operation: clearScopes,
      input: idOf,
    }),
  ]
}

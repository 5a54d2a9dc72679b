import { addScopes, clearScopes, removeScopes } from '../operations.ts'
import { type Route, route } from '../route.ts'
import type { OneToken } from './one-token.ts'
import { token, tokenBody } from './token-body.ts'
import { someScopes } from './token-input.ts'

/** Routes for the scopes of a token. */
export function scopeRows({ row, path, suffix, idOf }: OneToken): Route[] {
  const shown = { ...row, path: `${path}/scopes`, status: 200, answer: token, output: tokenBody } as const
  return [
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

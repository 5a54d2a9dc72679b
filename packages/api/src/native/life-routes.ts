import { regenerateToken, revokeToken, rotateToken } from '../operations.ts'
import { type Route, route } from '../route.ts'
import { omitUndefined } from './omit-undefined.ts'
import type { OneToken } from './one-token.ts'
import { secretsRow } from './secret-routes.ts'
import { issued, issuedBody, token, tokenBody } from './token-body.ts'
import { expiryOf, newLife, overlap, revocation } from './token-input.ts'

/** The life of a token between its creation and its removal. */
export function lifeRows(one: OneToken): Route[] {
  const { row, path, suffix, idOf } = one
  const renewed = {
    ...row,
    method: 'post',
    status: 200,
    isIdempotent: true,
    answer: issued,
    output: issuedBody,
  } as const
  return [
    secretsRow(one),
    route({
      ...renewed,
      id: `rotateToken${suffix}`,
      path: `${path}/rotate`,
      summary: 'A new secret for an active token; the old one ends at once, or after an overlap',
      body: overlap,
      operation: rotateToken,
      input: ({ body, idempotencyKey, ...parts }) => ({
        ...idOf(parts),
        ...omitUndefined({ overlapSeconds: body.overlap_seconds, idempotencyKey }),
      }),
    }),
    route({
      ...row,
      id: `revokeToken${suffix}`,
      method: 'post',
      path: `${path}/revoke`,
      summary: 'The end of a token, which stays on record',
      body: revocation,
      status: 200,
      answer: token,
      operation: revokeToken,
      input: ({ body, ...parts }) => ({ ...idOf(parts), ...omitUndefined(body) }),
      output: tokenBody,
    }),
    route({
      ...renewed,
      id: `regenerateToken${suffix}`,
      path: `${path}/regenerate`,
      summary: 'A new secret and a new life for a revoked or expired token',
      body: newLife,
      operation: regenerateToken,
      input: ({ body, idempotencyKey, ...parts }) => ({
        ...idOf(parts),
        ...omitUndefined({ expiry: expiryOf(body), idempotencyKey }),
      }),
    }),
  ]
}

import { presentedToken } from '../access-policy.ts'
import { NOTHING } from '../fields.ts'
import { inspectSelf, revokeSelf, rotateSelf } from '../operations.ts'
import { type Route, route } from '../route.ts'
import { omitUndefined } from './omit-undefined.ts'
import { issued, issuedBody, token, tokenBody } from './token-body.ts'
import { overlap, revocation } from './token-input.ts'

/** What a token may do to itself. */
export function selfRows(): Route[] {
  const shared = { access: presentedToken, params: NOTHING, query: NOTHING, status: 200 } as const
  const shown = { ...shared, body: null, answer: token, input: () => undefined, output: tokenBody } as const
  return [
    route({
      ...shown,
      id: 'inspectSelf',
      method: 'get',
      path: '/self',
      summary: 'The token that is presented',
      operation: inspectSelf,
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
      isIdempotent: true,
      input: ({ body, idempotencyKey }) => omitUndefined({ overlapSeconds: body.overlap_seconds, idempotencyKey }),
      output: issuedBody,
    }),
    route({
      ...shared,
      id: 'revokeSelf',
      method: 'post',
      path: '/self/revoke',
      summary: 'The end of the token that is presented',
      body: revocation,
      answer: token,
      operation: revokeSelf,
      input: ({ body }) => omitUndefined(body),
      output: tokenBody,
    }),
  ]
}

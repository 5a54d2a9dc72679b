import { z } from '@hono/zod-openapi'
import { organizationAdmin, organizationMember } from '../access-policy.ts'
import { NOTHING } from '../fields.ts'
import { introspectToken, revokePresented } from '../operations.ts'
import { type Route, route } from '../route.ts'
import type { TokenFacts } from '../token-facts.ts'

/** Parameters that are not known are ignored (RFC 6749 §3.2), and so is the hint at the kind of token: there is one. */
const presented = z.object({
  token: z.string().min(1, 'must be a token'),
  token_type_hint: z.string().optional(),
})

const introspection = z
  .union([
    z.object({
      active: z.literal(true),
      scope: z.string().openapi({ description: 'Scopes separated by spaces; empty for a token without scopes' }),
      token_type: z.literal('Bearer'),
      exp: z.number().int().optional(),
      iat: z.number().int(),
      sub: z.string().openapi({ description: 'The acting user, or else the principal' }),
      client_id: z.string().openapi({ description: 'The principal that owns the token' }),
      jti: z.string(),
    }),
    z.object({ active: z.literal(false) }),
  ])
  .openapi('Introspection')

/** What OAuth has standards for, in their words and their forms. */
export function oauthRows(): Route[] {
  const shared = { method: 'post', params: NOTHING, query: NOTHING, body: presented, bodyKind: 'form' } as const
  return [
    route({
      ...shared,
      access: organizationAdmin,
      id: 'introspectToken',
      path: '/introspect',
      summary: 'Whether a token of the organization is good, and for what (RFC 7662)',
      status: 200,
      answer: introspection,
      operation: introspectToken,
      input: ({ body }) => ({ token: body.token }),
      output: introspectionBody,
    }),
    route({
      ...shared,
      access: organizationMember,
      id: 'revokePresentedToken',
      path: '/revoke',
      summary: 'Revoke the presented token (RFC 7009); an unknown token gets the same answer',
      status: 200,
      answer: null,
      operation: revokePresented,
      input: ({ body }) => ({ token: body.token }),
      output: () => {},
    }),
  ]
}

/** RFC 7662 §2.2: of a token that is not good, nothing else is said. */
function introspectionBody(facts: TokenFacts | null): z.input<typeof introspection> {
  if (facts === null) return { active: false }
  const { id, scopes, principalId, userId, issuedAt, endsAt } = facts
  return {
    active: true,
    scope: scopes.join(' '),
    token_type: 'Bearer',
    ...(endsAt !== null && { exp: seconds(endsAt) }),
    iat: seconds(issuedAt),
    sub: userId ?? principalId,
    client_id: principalId,
    jti: id,
  }
}

/** RFC 7662 §2.2: whole seconds since the epoch. Rounded down, so that no token lives longer by it. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

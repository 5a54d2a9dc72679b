import { z } from '@hono/zod-openapi'
import type { Principal } from '@patkit/tokens'
import { principalAdmin } from '../access-policy.ts'
import { instantOrNull, instantOut, NOTHING, pageSize, scopeList } from '../fields.ts'
import { erasePrincipal, getPrincipal, listPrincipals, putPrincipal, updatePrincipal } from '../operations.ts'
import { type Route, route } from '../route.ts'
import { omitUndefined } from './omit-undefined.ts'
import { page } from './page.ts'

const KINDS = ['user', 'service'] as const

const principal = z
  .object({
    id: z.string(),
    kind: z.enum(KINDS),
    ceiling: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'What its tokens can do at most; `null` leaves it to the tokens' }),
    disabled_at: instantOut.nullable().openapi({ description: 'Its tokens stop while this is set' }),
  })
  .openapi('Principal')

const replacement = z
  .strictObject({ kind: z.enum(KINDS), ceiling: scopeList.nullable(), disabled_at: instantOrNull.optional() })
  .openapi({ example: { kind: 'user', ceiling: ['drive:read'] } })

const change = z
  .strictObject({ ceiling: scopeList.nullable().optional(), disabled_at: instantOrNull.optional() })
  .openapi({ example: { disabled_at: '2030-01-31T12:00:00Z' } })

const listQuery = z.strictObject({
  kind: z.enum(KINDS).optional(),
  limit: pageSize.optional(),
  cursor: z.string().optional(),
})

const erasure = z.strictObject({
  events: z
    .enum(['keep', 'pseudonymise', 'erase'])
    .openapi({ description: 'What becomes of the events that are about it' }),
})

const erased = z
  .object({
    recorded_as: z.string().openapi({ description: 'Who it is in events from now on: a pseudonym, or its id' }),
    tokens: z.number().int().openapi({ description: 'Tokens that were removed, or stopped because they acted for it' }),
  })
  .openapi('ErasedPrincipal')

const ONE = { path: '/principals/{principal_id}', params: z.strictObject({ principal_id: z.string() }) } as const

const shown = { ...ONE, query: NOTHING, status: 200, answer: principal } as const

/** Who owns tokens in the organization. */
export function principalRows(): Route[] {
  return [...readingRows(), ...changingRows()]
}

function readingRows(): Route[] {
  return [
    route({
      access: principalAdmin,
      params: NOTHING,
      id: 'listPrincipals',
      method: 'get',
      path: '/principals',
      summary: "The organization's principals, in the order of their ids",
      query: listQuery,
      body: null,
      status: 200,
      answer: page(principal),
      operation: listPrincipals,
      input: ({ query }) => omitUndefined(query),
      output: ({ items, next }) => ({ items: items.map(principalBody), next_cursor: next }),
    }),
    route({
      ...shown,
      access: principalAdmin,
      id: 'getPrincipal',
      method: 'get',
      summary: 'One principal',
      body: null,
      operation: getPrincipal,
      input: ({ params }) => ({ id: params.principal_id }),
      output: principalBody,
    }),
  ]
}

function changingRows(): Route[] {
  return [
    route({
      ...shown,
      access: principalAdmin,
      id: 'putPrincipal',
      method: 'put',
      summary: 'Add a principal, or replace its ceiling; `disabled_at` stays as it is where it is left out',
      body: replacement,
      operation: putPrincipal,
      input: ({ params, body: { kind, ceiling, disabled_at } }) => ({
        ...{ id: params.principal_id, kind, ceiling },
        ...omitUndefined({ disabledAt: disabled_at }),
      }),
      output: ({ principal: put }) => principalBody(put),
      location: ({ isNew }) => (isNew ? [] : null),
    }),
    route({
      ...shown,
      access: principalAdmin,
      id: 'updatePrincipal',
      method: 'patch',
      bodyKind: 'merge-patch',
      summary: 'Disable or enable a principal, or change its ceiling',
      body: change,
      operation: updatePrincipal,
      input: ({ params, body: { ceiling, disabled_at } }) => ({
        ...{ id: params.principal_id },
        ...omitUndefined({ ceiling, disabledAt: disabled_at }),
      }),
      output: principalBody,
    }),
    route({
      ...ONE,
      access: principalAdmin,
      id: 'erasePrincipal',
      method: 'delete',
      summary: 'Remove a principal with its tokens; its events are kept, pseudonymised or erased',
      query: erasure,
      body: null,
      status: 200,
      answer: erased,
      operation: erasePrincipal,
      input: ({ params, query: { events } }) => ({ id: params.principal_id, events }),
      output: ({ recordedAs, tokens }) => ({ recorded_as: recordedAs, tokens }),
    }),
  ]
}

function principalBody({ principalId, kind, ceiling, disabledAt }: Principal): z.input<typeof principal> {
  return {
    id: principalId,
    kind,
    ceiling: ceiling === null ? null : [...ceiling],
    disabled_at: disabledAt?.toISOString() ?? null,
  }
}

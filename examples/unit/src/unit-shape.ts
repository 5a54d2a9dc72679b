import {
  ApiProblem,
  type ApiShape,
  createToken,
  listTokens,
  NOTHING,
  pageSize,
  principalTokens,
  queryNumber,
  type Route,
  revokeToken,
  route,
  z,
} from '@patkit/api'
import { apiToken, creation, resource } from './api-token-fields.ts'
import { JSON_API } from './json-api.ts'

const PAGE = 100
const LARGEST_OFFSET = 1_000_000
const LONGEST_NAME = 255
const TOKENS = '/users/{userId}/api-tokens'

const user = z.strictObject({ userId: z.string().openapi({ pattern: '^[1-9]\\d*$' }) })
const one = { access: principalTokens('userId'), query: NOTHING } as const
const pageQuery = z.strictObject({
  'page[limit]': pageSize.optional(),
  'page[offset]': queryNumber(0, LARGEST_OFFSET).optional(),
})

/** Org API tokens, as the document has them: JSON:API over patkit's operations. */
export const unitShape: ApiShape = {
  title: 'Org API tokens',
  version: '1',
  ...JSON_API,
  fieldNames: {
    name: 'data/attributes/description',
    description: 'data/attributes/description',
    scopes: 'data/attributes/scope',
    expiry: 'data/attributes/expiration',
    ipAllowlist: 'data/attributes/sourceIp',
  },
  routes: [creationRow(), listRow(), revocationRow()],
}

function creationRow(): Route {
  return route({
    ...one,
    id: 'createApiToken',
    method: 'post',
    path: TOKENS,
    summary: 'Make a token; the answer has it, once',
    params: user,
    body: creation,
    status: 201,
    answer: z.object({ data: apiToken }),
    operation: createToken,
    input({ body: { data } }) {
      requireNewApiToken(data)
      const { description, scope, expiration, sourceIp } = data.attributes
      return {
        ...{ name: nameOf(description), description, scopes: scope, expiry: expiration },
        ...(sourceIp !== undefined && { ipAllowlist: sourceIp }),
      }
    },
    output: ({ token, secret }) => ({ data: resource(token, secret.reveal()) }),
  })
}

/** Without a status in the document, a revoked token would look like a live one: the list leaves it out. */
function listRow(): Route {
  return route({
    ...one,
    id: 'listApiTokens',
    method: 'get',
    path: TOKENS,
    summary: 'Tokens that are not revoked, the oldest first',
    params: user,
    query: pageQuery,
    body: null,
    status: 200,
    answer: z.object({ data: z.array(apiToken), links: z.object({ next: z.string() }).optional() }),
    operation: listTokens,
    input: ({ query: { 'page[limit]': limit = PAGE, 'page[offset]': offset = 0 } }) => ({
      ...({ status: 'unrevoked', sort: 'createdAt', descending: false, limit, offset } as const),
    }),
    output: ({ items, total }, { params, query: { 'page[limit]': limit = PAGE, 'page[offset]': offset = 0 } }) => ({
      data: items.map((view) => resource(view)),
      ...(offset + items.length < total && { links: { next: pageLink(params.userId, limit, offset + limit) } }),
    }),
  })
}

function revocationRow(): Route {
  return route({
    ...one,
    id: 'revokeApiToken',
    method: 'delete',
    path: `${TOKENS}/{tokenId}`,
    summary: 'The end of a token, which stays on record',
    params: user.extend({ tokenId: z.string().openapi({ pattern: '^[1-9]\\d*$' }) }),
    body: null,
    status: 200,
    answer: z.object({ data: apiToken }),
    operation: revokeToken,
    input: ({ params }) => ({ id: params.tokenId }),
    output: (view) => ({ data: resource(view) }),
  })
}

/** JSON:API 1.1 §9.1: another type is a conflict, and an id of the client's own is forbidden. */
function requireNewApiToken({ type, id }: { readonly type: string; readonly id?: unknown }): void {
  if (type !== 'apiToken') {
    const message = 'must be apiToken'
    throw new ApiProblem(409, 'wrong_type', message, { errors: [{ field: 'data/type', message }] })
  }
  if (id !== undefined) {
    const message = 'is given by the server'
    throw new ApiProblem(403, 'client_id', message, { errors: [{ field: 'data/id', message }] })
  }
}

/** What other views of the same tokens call it. A joiner at the cut would have nothing to join. */
function nameOf(description: string): string {
  // Before it is normalized: no character has more than four code units then.
  return [...description.slice(0, 4 * LONGEST_NAME).normalize('NFC')]
    .slice(0, LONGEST_NAME)
    .join('')
    .replace(/\u200d+$/, '')
}

function pageLink(userId: string, limit: number, offset: number): string {
  const query = new URLSearchParams({ 'page[limit]': String(limit), 'page[offset]': String(offset) })
  return `/users/${userId}/api-tokens?${query}`
}

import { z } from '@hono/zod-openapi'
import {
  type ApiShape,
  callerTokens,
  createToken,
  instantOut,
  JSON_SHAPE,
  listTokens,
  NOTHING,
  pageSize,
  principalTokens,
  queryNumber,
  type Route,
  revokeToken,
  route,
  toSeconds,
} from '@patkit/api'
import type { Issued, TokenView } from '@patkit/tokens'
import { EVERYTHING } from './permissions.ts'

const LONGEST_LIFE_DAYS = 365
/** Further pages would be empty, and numbers that databases do not take as offsets. */
const LAST_PAGE = 10_000

const creation = z.strictObject({
  name: z.string(),
  expires_in_days: z.number().int().min(1).max(LONGEST_LIFE_DAYS),
})

const created = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    token: z.string().openapi({ description: 'Shown once', example: 'justiam_pat_xxxxxxxxxxxxxxxx' }),
    expires_at: instantOut,
  })
  .openapi('CreatedPAT')

const metadata = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    created_at: instantOut,
    expires_at: instantOut,
    last_used_at: instantOut.nullable(),
  })
  .openapi('PATRecord')

const paging = z.strictObject({ page: queryNumber(1, LAST_PAGE).default(1), limit: pageSize.default(20) })

const page = z.strictObject({
  data: z.array(metadata),
  total: z.number().int(),
  page: z.number().int(),
  limit: z.number().int(),
})

const mine = { suffix: '', access: callerTokens, holder: NOTHING, path: '/me/tokens', id: 'id' } as const
const ofServiceAccount = {
  suffix: 'OfServiceAccount',
  access: principalTokens('id', 'service'),
  holder: z.strictObject({ id: z.string() }),
  path: '/users/{id}/tokens',
  id: 'tokenId',
} as const

/** The document's calls, on patkit's operations. */
export const justiamShape: ApiShape = {
  ...JSON_SHAPE,
  title: 'JustIAM personal access tokens',
  version: '1',
  fieldNames: { ...JSON_SHAPE.fieldNames, expiry: 'expires_in_days' },
  routes: [...rowsFor(mine), ...rowsFor(ofServiceAccount)],
}

/** The same three rows for every owner. */
function rowsFor({ suffix, access, holder, path, id }: typeof mine | typeof ofServiceAccount): Route[] {
  const list = { access, path, params: holder, query: NOTHING }
  return [
    route({
      ...list,
      id: `createToken${suffix}`,
      method: 'post',
      summary: 'Create a token; the answer has it, once',
      body: creation,
      status: 201,
      answer: created,
      operation: createToken,
      input: ({ body }) => ({ name: body.name, scopes: [EVERYTHING], expiry: { days: body.expires_in_days } }),
      output: createdBody,
    }),
    route({
      ...list,
      id: `listTokens${suffix}`,
      method: 'get',
      summary: 'A page of tokens that were not revoked, the newest first',
      query: paging,
      body: null,
      status: 200,
      answer: page,
      operation: listTokens,
      input: ({ query: { page, limit } }) => ({ status: 'unrevoked' as const, limit, offset: (page - 1) * limit }),
      output: ({ items, total }, { query }) => ({ data: items.map(metadataBody), total, ...query }),
    }),
    route({
      ...list,
      id: `revokeToken${suffix}`,
      method: 'delete',
      path: `${path}/{${id}}`,
      summary: 'Revoke a token, which stays on record',
      params: holder.extend({ [id]: z.string() }),
      body: null,
      status: 204,
      answer: null,
      operation: revokeToken,
      input: ({ params }) => ({ id: (params as Readonly<Record<string, string>>)[id] ?? '' }),
      output: () => {},
    }),
  ]
}

function createdBody({ token: { id, name, expiresAt }, secret }: Issued): z.input<typeof created> {
  return { id, name, token: secret.reveal(), expires_at: endOf(expiresAt) }
}

function metadataBody({ id, name, createdAt, expiresAt, lastUsedAt }: TokenView): z.input<typeof metadata> {
  return {
    ...{ id, name, created_at: toSeconds(createdAt), expires_at: endOf(expiresAt) },
    last_used_at: lastUsedAt === null ? null : toSeconds(lastUsedAt),
  }
}

/** The policy gives every token an end. */
function endOf(expiresAt: Date | null): string {
  if (expiresAt === null) throw new TypeError('a token without an end')
  return toSeconds(expiresAt)
}

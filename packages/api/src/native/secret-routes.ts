import { z } from '@hono/zod-openapi'
import type { SecretView } from '@patkit/tokens'
import { instantOut } from '../fields.ts'
import { listSecrets } from '../operations.ts'
import { type Route, route } from '../route.ts'
import type { OneToken } from './one-token.ts'

const secretView = z
  .object({
    created_at: instantOut,
    ends_at: instantOut
      .nullable()
      .openapi({ description: 'Refused from this instant on; null for the life of the token' }),
    last_used_at: instantOut.nullable(),
    last_used_ip: z.string().nullable(),
  })
  .openapi('Secret')

function secretBody({ createdAt, endsAt, lastUsedAt, lastUsedIp }: SecretView): z.input<typeof secretView> {
  return {
    created_at: createdAt.toISOString(),
    ends_at: endsAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    last_used_ip: lastUsedIp,
  }
}

/** The latest secrets of a token, without the secrets themselves. */
export function secretsRow({ row, path, suffix, idOf }: OneToken): Route {
  return route({
    ...row,
    id: `listSecrets${suffix}`,
    method: 'get',
    path: `${path}/secrets`,
    summary: 'When the latest secrets of a token were made, were last used, and end; the newest first',
    body: null,
    status: 200,
    answer: z.object({ items: z.array(secretView) }),
    operation: listSecrets,
    input: idOf,
    output: (secrets) => ({ items: secrets.map(secretBody) }),
  })
}

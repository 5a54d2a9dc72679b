import { z } from '@hono/zod-openapi'
import { organizationMember } from '../access-policy.ts'
import { NOTHING } from '../fields.ts'
import { type CallerFacts, describeCaller } from '../operations.ts'
import { type Route, route } from '../route.ts'

const seconds = z.number().int().nullable()

const policy = z
  .object({
    default_lifetime_seconds: seconds.openapi({ description: 'The life of a token without an end of its own' }),
    minimum_lifetime_seconds: seconds,
    maximum_lifetime_seconds: seconds,
    lifetime_required: z.boolean(),
    idle_seconds: seconds.openapi({ description: 'A token that is unused for so long expires' }),
    maximum_tokens: z.number().int().nullable(),
    maximum_overlap_seconds: z.number().int(),
  })
  .openapi('Policy')

const callerAnswer = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    principal_id: z.string().nullable().openapi({ description: '`null` for a caller without tokens of its own' }),
    administers: z.boolean().openapi({ description: 'Whether it sees the principals and the audit log' }),
    manages: z.boolean().openapi({ description: 'Whether it may manage tokens of other principals' }),
    client_ip: z.string().nullable().openapi({ description: 'The address of the client, where it is known' }),
    wildcards: z.boolean().openapi({ description: 'Whether `*` is a wildcard in scopes' }),
    policy,
  })
  .openapi('Caller')

/** The caller and the rules for its tokens. */
export function callerRow(): Route {
  return route({
    access: organizationMember,
    params: NOTHING,
    query: NOTHING,
    id: 'describeCaller',
    method: 'get',
    path: '/caller',
    summary: 'The caller, its address, and the rules for tokens',
    body: null,
    status: 200,
    answer: callerAnswer,
    operation: describeCaller,
    input: () => undefined,
    output: callerBody,
  })
}

function callerBody({ caller, clientIp, wildcards, policy }: CallerFacts): z.input<typeof callerAnswer> {
  return {
    id: caller.id,
    organization_id: caller.organizationId,
    principal_id: caller.principalId,
    administers: caller.administers,
    manages: caller.manages !== null,
    client_ip: clientIp,
    wildcards,
    policy: {
      default_lifetime_seconds: policy.defaultLifetimeSeconds ?? null,
      minimum_lifetime_seconds: policy.minimumLifetimeSeconds ?? null,
      maximum_lifetime_seconds: policy.maximumLifetimeSeconds ?? null,
      lifetime_required: policy.lifetimeRequired ?? false,
      idle_seconds: policy.idleSeconds ?? null,
      maximum_tokens: policy.maximumTokensPerPrincipal ?? null,
      maximum_overlap_seconds: policy.maximumOverlapSeconds,
    },
  }
}

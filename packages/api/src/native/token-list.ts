import { z } from '@hono/zod-openapi'
import { instantBound, pageSize, queryNumber, searchText } from '../fields.ts'
import { omitUndefined } from './omit-undefined.ts'

const LONGEST_LIFE_SECONDS = 3_155_760_000
const DRY_RUN = 'Tokens that such a policy would have ended by now; with `status=active`, a dry run of it'
const EFFECT =
  'Default `ended`. `shortened`: tokens that would live on under the policy, with an earlier end; idle time gives none'
const seconds = queryNumber(1, LONGEST_LIFE_SECONDS).openapi({ description: DRY_RUN })

/** Which tokens are listed, and in what order. */
export const listQuery = z
  .strictObject({
    status: z.enum(['active', 'expired', 'revoked', 'all']).optional(),
    search: searchText.optional(),
    ends_before: instantBound.optional(),
    policy_maximum_lifetime_seconds: seconds.optional(),
    policy_idle_seconds: seconds.optional(),
    policy_effect: z.enum(['ended', 'shortened']).openapi({ description: EFFECT }).optional(),
    policy_lifetime_required: z.enum(['true', 'false']).openapi({ description: DRY_RUN }).optional(),
    sort: z.enum(['created_at', 'name', 'last_used_at', 'expires_at', 'ends_at']).optional(),
    order: z.enum(['asc', 'desc']).optional(),
    limit: pageSize.optional(),
    cursor: z.string().optional(),
  })
  .refine(hasPolicy, { path: ['policy_effect'], message: 'needs another policy parameter' })

function hasPolicy(query: object): boolean {
  const names = Object.keys(query).filter((name) => name.startsWith('policy_'))
  return names.length !== 1 || names[0] !== 'policy_effect'
}

const SORTS = {
  created_at: 'createdAt',
  name: 'name',
  last_used_at: 'lastUsedAt',
  expires_at: 'expiresAt',
  ends_at: 'endsAt',
} as const

type Query = z.output<typeof listQuery>

export function listInput({ ends_before: endsBefore, sort, order, ...rest }: Query) {
  const { policy_maximum_lifetime_seconds, policy_idle_seconds, policy_lifetime_required, ...others } = rest
  const { policy_effect, ...query } = others
  const trial = omitUndefined({
    maximumLifetimeSeconds: policy_maximum_lifetime_seconds,
    idleSeconds: policy_idle_seconds,
    lifetimeRequired: policy_lifetime_required === undefined ? undefined : policy_lifetime_required === 'true',
  })
  const isTrial = Object.keys(trial).length > 0
  return omitUndefined({
    ...query,
    ...(isTrial && (policy_effect === 'shortened' ? { shortenedUnder: trial } : { expiredUnder: trial })),
    endsBefore,
    sort: sort === undefined ? undefined : SORTS[sort],
    descending: order === undefined ? undefined : order === 'desc',
  })
}

import { z } from '@hono/zod-openapi'
import { instantOut, pageSize, queryNumber, toSeconds } from '@patkit/api'
import type { Issued, TokenView } from '@patkit/tokens'
import { durationSeconds } from './duration.ts'
import { ANY, ENTITY_TYPES, OPERATIONS, type PatScope, scopeName, scopeOf } from './scope.ts'
import { scopeId } from './scope-id.ts'

const DEFAULT_PAGE = 10
const LARGEST_OFFSET = 1_000_000
const MOST_SCOPES = 100

const duration = z
  .string()
  .transform((text, context) => {
    const seconds = durationSeconds(text)
    if (seconds !== null) return seconds
    context.addIssue({ code: 'custom', message: 'must be whole seconds, such as 24h, 1h30m, 30d, 2w or 1y' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '30d' })

/** Nothing that a scope would read as more than one id. */
const domainId = z.string().regex(/^[A-Za-z0-9._~-]{0,64}$/, 'must be an id: letters, digits, ".", "_", "~" and "-"')
const entityId = z.string().regex(/^(?:\*|[A-Za-z0-9._~-]{1,64})$/, 'must be an id, or "*" for all')

const scopeMembers = {
  entity_type: z.enum([...ENTITY_TYPES, 'pats']),
  entity_id: entityId.openapi({ description: '"*" for all entities of the type', example: '*' }),
  operation: z.enum([...OPERATIONS, 'manage']),
}

/** Given on as the name of a scope. */
const scopeIn = z
  .strictObject({
    ...scopeMembers,
    optional_domain_id: domainId.optional().openapi({ description: 'Left out, the scope holds in every domain' }),
    domain_id: domainId.optional().openapi({ description: 'The same by its later name' }),
  })
  .refine(namesOneDomain, { path: ['domain_id'], message: 'must be the same as optional_domain_id' })
  .refine(isManagement, { path: ['operation'], message: 'must be manage, of all pats and no domain, or neither' })
  .transform((members) => scopeName(patScope(members)))

const scopesIn = z.array(scopeIn).max(MOST_SCOPES)

export const creation = z.strictObject({
  name: z.string(),
  description: z.string().nullable().optional(),
  duration,
  scopes: scopesIn.optional(),
})
export const naming = z.strictObject({ name: z.string() })
export const describing = z.strictObject({ description: z.string() })
export const newLife = z.strictObject({ duration })
export const addition = z.strictObject({ scopes: scopesIn.min(1) })
export const removal = z.strictObject({ scopes_id: z.array(z.uuid()).min(1).max(MOST_SCOPES) })

export const pageQuery = z.strictObject({
  limit: pageSize.optional(),
  offset: queryNumber(0, LARGEST_OFFSET).optional(),
})
export const listQuery = pageQuery.extend({
  name: z.string().max(255).optional(),
  status: z.enum(['active', 'revoked', 'expired', 'all']).optional(),
})

export const pat = z
  .object({
    id: z.string(),
    user_id: z.string(),
    name: z.string(),
    description: z.string(),
    issued_at: instantOut,
    expires_at: instantOut.nullable(),
    updated_at: instantOut,
    last_used_at: instantOut.nullable(),
    revoked: z.boolean(),
    revoked_at: instantOut.nullable(),
    status: z.enum(['active', 'expired', 'revoked']),
  })
  .openapi('PAT')

export const issuedPat = pat
  .extend({ secret: z.string().openapi({ description: 'Shown once, and never stored', example: 'pat_…' }) })
  .openapi('IssuedPAT')

const scopeOut = z
  .object({
    id: z.string(),
    pat_id: z.string(),
    optional_domain_id: z.string().optional(),
    domain_id: z.string().optional(),
    ...scopeMembers,
  })
  .openapi('Scope')

const page = { total: z.number().int(), offset: z.number().int(), limit: z.number().int() }
export const patsPage = z.object({ ...page, pats: z.array(pat) }).openapi('PATsPage')
export const scopesPage = z.object({ ...page, scopes: z.array(scopeOut) }).openapi('ScopesPage')

interface PageQuery {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** Which rows a page is to have. */
export function pageOf({ limit = DEFAULT_PAGE, offset = 0 }: PageQuery) {
  return { offset, limit }
}

export function patBody(view: TokenView): z.input<typeof pat> {
  const { id, principalId, name, description, revokedAt, status } = view
  return {
    ...{ id, user_id: principalId, name, description: description ?? '', status },
    issued_at: toSeconds(view.issuedAt),
    expires_at: instantBody(view.expiresAt),
    updated_at: toSeconds(view.updatedAt),
    last_used_at: instantBody(view.lastUsedAt),
    revoked: revokedAt !== null,
    revoked_at: instantBody(revokedAt),
  }
}

export function issuedBody({ token, secret }: Issued): z.input<typeof issuedPat> {
  return { ...patBody(token), secret: secret.reveal() }
}

export function scopesBody({ id, scopes }: TokenView, query: PageQuery): z.input<typeof scopesPage> {
  const { offset, limit } = pageOf(query)
  const rows = scopes.slice(offset, offset + limit).map((name) => scopeBody(id, name))
  return { total: scopes.length, offset, limit, scopes: rows }
}

function scopeBody(patId: string, name: string): z.input<typeof scopeOut> {
  const { domain, entityType, entityId, operation } = scopeOf(name)
  return {
    ...{ id: scopeId(patId, name), pat_id: patId },
    ...(domain !== null && { optional_domain_id: domain, domain_id: domain }),
    ...{ entity_type: entityType, entity_id: entityId, operation },
  }
}

function instantBody(date: Date | null): string | null {
  return date === null ? null : toSeconds(date)
}

type ScopeMembers = { readonly [M in 'optional_domain_id' | 'domain_id']?: string | undefined } & {
  readonly [M in keyof typeof scopeMembers]: z.output<(typeof scopeMembers)[M]>
}

function patScope({ optional_domain_id, domain_id, entity_type, entity_id, operation }: ScopeMembers): PatScope {
  const domain = optional_domain_id ?? domain_id ?? ''
  return { domain: domain === '' ? null : domain, entityType: entity_type, entityId: entity_id, operation }
}

function namesOneDomain({ optional_domain_id, domain_id }: Pick<ScopeMembers, 'optional_domain_id' | 'domain_id'>) {
  return optional_domain_id === undefined || domain_id === undefined || optional_domain_id === domain_id
}

/** Managing PATs is an operation of its own: none of the document's is one of PATs, and it is one of nothing else. */
function isManagement(members: ScopeMembers): boolean {
  const { domain, entityType, entityId, operation } = patScope(members)
  if (entityType !== 'pats' && operation !== 'manage') return true
  return entityType === 'pats' && operation === 'manage' && entityId === ANY && domain === null
}

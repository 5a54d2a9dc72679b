/** What the document lets a PAT do, on entities of a type. */
export const OPERATIONS = [
  'create',
  'read',
  'list',
  'update',
  'delete',
  'share',
  'unshare',
  'publish',
  'subscribe',
] as const

/** Those of the published interface, and those that came later. */
export const ENTITY_TYPES = [
  'groups',
  'channels',
  'clients',
  'domains',
  'users',
  'dashboards',
  'messages',
  'devices',
  'device_types',
  'bootstrap',
  'rules',
  'reports',
] as const

/** In a scope: every domain, or every entity. */
export const ANY = '*'
/** The one scope that is about no entity: a PAT that may manage its owner's PATs. */
export const MANAGE_PATS = 'pats:manage'

export type Operation = (typeof OPERATIONS)[number] | 'manage'
export type EntityType = (typeof ENTITY_TYPES)[number] | 'pats'

/** One row of a PAT's scopes. */
export interface PatScope {
  /** `null` for every domain. */
  readonly domain: string | null
  readonly entityType: EntityType
  readonly entityId: string
  readonly operation: Operation
}

/** The operation comes last, so that no `*` ever does: there it would stand for everything below. */
export function scopeName({ domain, entityType, entityId, operation }: PatScope): string {
  if (entityType === 'pats') return MANAGE_PATS
  return [domain ?? ANY, entityType, entityId, operation].join(':')
}

export function scopeOf(name: string): PatScope {
  if (name === MANAGE_PATS) return { domain: null, entityType: 'pats', entityId: ANY, operation: 'manage' }
  const [domain = ANY, entityType, entityId = ANY, operation] = name.split(':')
  return {
    domain: domain === ANY ? null : domain,
    entityType: entityType as EntityType,
    entityId,
    operation: operation as Operation,
  }
}

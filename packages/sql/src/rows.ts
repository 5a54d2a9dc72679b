import type { AuditEvent } from '@patkit/core'
import {
  type ChangeEvent,
  type Erasure,
  type NewSecret,
  type Principal,
  type ScopeUses,
  type SecretView,
  type StoredRecord,
  searchText,
  type Token,
} from '@patkit/tokens/store'
import type {
  ChangeRow,
  ErasureRow,
  Integer,
  PrincipalRow,
  ScopeUseRow,
  SecretRow,
  TokenRow,
  UseRow,
} from './schema.ts'

/** What the read path selects. */
export interface RecordRow
  extends Omit<
    TokenRow,
    | 'name'
    | 'description'
    | 'search'
    | 'hint'
    | 'created_by'
    | 'created_at'
    | 'updated_at'
    | 'last_used_ip'
    | 'use_count'
  > {
  readonly digest: string
  readonly ends_at: Integer | null
  readonly awaits_adoption: Integer
  /** `null` where the principal does not exist. */
  readonly principal_kind: string | null
  readonly principal_disabled_at: Integer | null
  readonly ceiling: string | null
  readonly user_kind: string | null
  readonly user_disabled_at: Integer | null
}

/** What cannot be read stays as it is, for core to refuse: one broken row must not cost the others of its batch. */
export function recordOf(row: RecordRow): StoredRecord {
  return {
    id: row.id,
    digest: row.digest,
    scopes: parsed(row.scopes),
    expiresAt: dateOf(row.expires_at),
    revokedAt: dateOf(row.revoked_at),
    ipAllowlist: row.ip_allowlist === null ? null : parsed(row.ip_allowlist),
    userId: row.user_id,
    principalId: row.principal_id,
    organizationId: row.organization_id,
    ...(row.ceiling !== null && { ceiling: parsed(row.ceiling) }),
    secretEndsAt: dateOf(row.ends_at),
    disabled: disabledOf(row),
    version: Number(row.version),
    issuedAt: new Date(Number(row.issued_at)),
    lastUsedAt: dateOf(row.last_used_at),
    awaitsAdoption: Number(row.awaits_adoption) === 1,
  }
}

export function tokenOf(row: TokenRow): Token {
  return {
    id: row.id,
    organizationId: row.organization_id,
    principalId: row.principal_id,
    version: Number(row.version),
    name: row.name,
    description: row.description,
    hint: row.hint,
    scopes: JSON.parse(row.scopes),
    userId: row.user_id,
    ipAllowlist: listOf(row.ip_allowlist),
    createdBy: row.created_by,
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
    issuedAt: new Date(Number(row.issued_at)),
    expiresAt: dateOf(row.expires_at),
    revokedAt: dateOf(row.revoked_at),
    lastUsedAt: dateOf(row.last_used_at),
    lastUsedIp: row.last_used_ip,
    useCount: Number(row.use_count),
  }
}

export function tokenRow(token: Token): TokenRow {
  return {
    id: token.id,
    organization_id: token.organizationId,
    principal_id: token.principalId,
    version: token.version,
    ...searchable(token),
    hint: token.hint,
    scopes: JSON.stringify(token.scopes),
    user_id: token.userId,
    ip_allowlist: jsonOf(token.ipAllowlist),
    created_by: token.createdBy,
    created_at: token.createdAt.getTime(),
    updated_at: token.updatedAt.getTime(),
    issued_at: token.issuedAt.getTime(),
    expires_at: instantOf(token.expiresAt),
    revoked_at: instantOf(token.revokedAt),
    last_used_at: instantOf(token.lastUsedAt),
    last_used_ip: token.lastUsedIp,
    use_count: token.useCount,
  }
}

/** Searches read the folded text of name and description, so both are written together. */
function searchable(token: Token): Pick<TokenRow, 'name' | 'description' | 'search'> {
  return { name: token.name, description: token.description, search: searchText(token) }
}

export function secretRow(secret: NewSecret, tokenId: string): SecretRow {
  return {
    digest: secret.digest,
    token_id: tokenId,
    created_at: secret.createdAt.getTime(),
    ends_at: null,
    awaits_adoption: secret.awaitsAdoption ? 1 : 0,
    last_used_at: null,
    last_used_ip: null,
  }
}

export function secretViewOf(row: Omit<SecretRow, 'digest' | 'token_id' | 'awaits_adoption'>): SecretView {
  return {
    createdAt: new Date(Number(row.created_at)),
    endsAt: dateOf(row.ends_at),
    lastUsedAt: dateOf(row.last_used_at),
    lastUsedIp: row.last_used_ip,
  }
}

export function scopeUsesOf(row: Omit<ScopeUseRow, 'token_id'> | undefined): ScopeUses | null {
  return row === undefined ? null : { useCount: Number(row.use_count), scopes: JSON.parse(row.scopes) }
}

export function principalOf(row: PrincipalRow): Principal {
  return {
    organizationId: row.organization_id,
    principalId: row.id,
    kind: row.kind === 'user' ? 'user' : 'service',
    disabledAt: dateOf(row.disabled_at),
    ceiling: listOf(row.ceiling),
  }
}

export function principalRow({
  organizationId,
  principalId,
  kind,
  disabledAt,
  ceiling,
}: Principal): Omit<PrincipalRow, 'revision'> {
  return {
    organization_id: organizationId,
    id: principalId,
    kind,
    disabled_at: instantOf(disabledAt),
    ceiling: jsonOf(ceiling),
  }
}

export function changeRow(event: ChangeEvent): ChangeRow {
  return {
    id: event.id,
    at: event.at.getTime(),
    action: event.action,
    actor_id: event.actorId,
    token_id: event.tokenId,
    principal_id: event.principalId,
    organization_id: event.organizationId,
    fields: JSON.stringify(event.fields),
    reason: event.reason,
    client_ip: event.clientIp,
  }
}

export function useRow(event: AuditEvent): UseRow {
  return {
    at: event.at.getTime(),
    id: event.id,
    kind: event.kind,
    outcome: event.outcome,
    token_id: event.tokenId,
    principal_id: event.principalId,
    organization_id: event.organizationId,
    user_id: event.userId,
    client_ip: event.clientIp,
    required_scopes: JSON.stringify(event.requiredScopes),
    missing_scopes: JSON.stringify(event.missingScopes),
    request_id: event.request.id,
    method: event.request.method,
    path: event.request.path,
    route: event.request.route,
    user_agent: event.request.userAgent,
    count: event.count,
    withdraws: event.withdraws,
  }
}

export function useOf(row: UseRow): AuditEvent {
  return {
    id: row.id,
    at: new Date(Number(row.at)),
    kind: row.kind === 'use' ? 'use' : 'refused',
    outcome: row.outcome as AuditEvent['outcome'],
    tokenId: row.token_id,
    principalId: row.principal_id,
    organizationId: row.organization_id,
    userId: row.user_id,
    clientIp: row.client_ip,
    requiredScopes: JSON.parse(row.required_scopes),
    missingScopes: listOf(row.missing_scopes) ?? [],
    request: {
      id: row.request_id,
      method: row.method,
      path: row.path,
      route: row.route,
      userAgent: row.user_agent,
    },
    count: Number(row.count),
    withdraws: row.withdraws,
  }
}

export function changeOf(row: ChangeRow): ChangeEvent {
  return {
    id: row.id,
    at: new Date(Number(row.at)),
    kind: 'change',
    action: row.action as ChangeEvent['action'],
    actorId: row.actor_id,
    tokenId: row.token_id,
    principalId: row.principal_id,
    organizationId: row.organization_id,
    fields: JSON.parse(row.fields),
    reason: row.reason,
    clientIp: row.client_ip,
  }
}

export function erasureRow(erasure: Erasure): ErasureRow {
  return {
    organization_id: erasure.organizationId,
    principal_id: erasure.principalId,
    pseudonym: erasure.pseudonym,
    events: erasure.events,
    actor_id: erasure.actorId,
    begun_at: erasure.begunAt.getTime(),
    done_at: instantOf(erasure.doneAt),
    returned_at: instantOf(erasure.returnedAt),
  }
}

export function erasureOf(row: ErasureRow): Erasure {
  return {
    organizationId: row.organization_id,
    principalId: row.principal_id,
    pseudonym: row.pseudonym,
    events: row.events as Erasure['events'],
    actorId: row.actor_id,
    begunAt: new Date(Number(row.begun_at)),
    doneAt: dateOf(row.done_at),
    returnedAt: dateOf(row.returned_at),
  }
}

function disabledOf(row: RecordRow): StoredRecord['disabled'] {
  if (row.principal_kind === null || row.principal_disabled_at !== null) return 'principal'
  if (row.user_id === null) return null
  return row.user_kind === 'user' && row.user_disabled_at === null ? null : 'user'
}

function dateOf(instant: Integer | null): Date | null {
  return instant === null ? null : new Date(Number(instant))
}

export function instantOf(date: Date | null): number | null {
  return date === null ? null : date.getTime()
}

function parsed(json: string): readonly string[] {
  try {
    return JSON.parse(json)
  } catch {
    return json as unknown as readonly string[]
  }
}

function listOf(json: string | null): readonly string[] | null {
  return json === null ? null : JSON.parse(json)
}

export function jsonOf(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list)
}

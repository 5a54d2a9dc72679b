import type { AuditQuery } from '../audit/audit-store.ts'
import { checkedMethods } from '../input/checked-verbs.ts'
import { refuseStray, refuseUnknownMembers } from '../input/fields.ts'
import { invalidInput } from '../token-error.ts'
import type { ListQuery, Owner, TokenStore } from './token-store.ts'

/**
 * A store that rejects owners and queries with unknown or missing fields: they would read or remove more than intended.
 * Every store of patkit is wrapped in it; the service checks the values.
 *
 * @example
 * ```ts
 * import { memoryStore } from '@patkit/tokens'
 * import { checkedStore } from '@patkit/tokens/store'
 *
 * const store = checkedStore({ ...memoryStore() })
 * await store.prune(new Date())
 * ```
 */
export function checkedStore<S extends TokenStore>(store: S): S {
  return Object.freeze({
    ...store,
    ...checkedMethods(store as TokenStore, {
      find: [exactOwner],
      listSecrets: [exactOwner],
      findScopeUses: [exactOwner],
      findAnswer: [exactOwner],
      findPrincipal: [exactOwner],
      changePrincipal: [exactOwner],
      updateIfVersion: [exactOwner],
      remove: [exactOwner],
      revokeAll: [exactOwner],
      history: [exactOwner],
      list: [exactWhere, exactListQuery],
    }),
    audit: Object.freeze({ ...store.audit, ...checkedMethods(store.audit, { list: [exactAuditQuery] }) }),
  })
}

function exactOwner(owner: Owner): void {
  requireText('organizationId', owner?.organizationId)
  requireText('principalId', owner.principalId)
  refuseStray(owner)
}

function exactWhere(where: Owner | Pick<Owner, 'organizationId'>): void {
  const { organizationId, principalId, ...unknown } = where as Owner
  refuseUnknownMembers(unknown)
  requireText('organizationId', organizationId)
  if ('principalId' in where) requireText('principalId', principalId)
}

function exactListQuery(query: ListQuery): void {
  const { status, search, name, endsBefore, expiredUnder, shortenedUnder, now, life, ...rest } = query
  const { sort, descending, limit, from, ...unknown } = rest
  refuseUnknownMembers(unknown)
}

function exactAuditQuery(query: AuditQuery): void {
  const { scope, filter, descending, after, limit, ...unknown } = query
  const { tokenId, outcome, reason, clientIp, requestId, from, until, ...unknownFilter } = filter
  refuseUnknownMembers(unknown)
  refuseUnknownMembers(unknownFilter)
  if (scope !== null) exactWhere(scope)
}

function requireText(field: string, value: unknown): void {
  if (typeof value !== 'string') throw invalidInput(field, 'must be a string')
}

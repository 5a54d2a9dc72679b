import type { Address } from '../address.ts'
import type { DenyReason, Requirement } from '../decision.ts'
import type { CompiledRecord, TokenRecord } from '../record.ts'
import { ip } from './ip.ts'
import { lifetime } from './lifetime.ts'
import { scope } from './scope.ts'

/** Why a record may not be used at all, now and from this address. The order decides which reason is on record. */
export function admission(record: CompiledRecord<TokenRecord>, now: number, client: Address | null): DenyReason | null {
  return lifetime(record, now) ?? ip(record, client)
}

/** Why an admitted record does not meet what a route requires. */
export function permission(record: CompiledRecord<TokenRecord>, need: Requirement): DenyReason | null {
  if (need.kind === 'user') return record.exposed.userId === null ? 'user_required' : null
  return scope(record, need) ? null : 'insufficient_scope'
}

export { lifetime }
